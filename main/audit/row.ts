/**
 * One row of the chain and its hash.
 *
 * hash = SHA-256( "gatehouse-audit-row-v1\n" , length of the body in bytes as decimal , "\n" , body ), where body is
 * the canonical JSON (RFC 8785) of {bootId, event, monotonicMs, prevHash, seq, wallMicros}.
 */
import { createHash, hash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '../platform/canonical-json.ts';
import type { AuditEvent } from './event.ts';

const DOMAIN = 'gatehouse-audit-row-v1\n';
const GENESIS_DOMAIN = 'gatehouse-audit-log-v1\n';

/** A row as the database holds it: the event is canonical JSON text. */
export interface StoredRow {
  readonly seq: number;
  readonly wall_micros: number;
  readonly monotonic_ms: number;
  readonly boot_id: string;
  readonly event: string;
  readonly prev_hash: string;
  readonly hash: string;
}

/** What the first row's `prevHash` is: derived from the log's own random id, so that no two logs share a beginning. */
export function genesisHash(logId: string): string {
  return createHash('sha256').update(GENESIS_DOMAIN).update(logId).digest('hex');
}

/** The event's bytes as they are stored and hashed. */
export function canonicalEvent(event: AuditEvent): string {
  // The event types are plain JSON; the type checker cannot see that of an interface with optional members.
  return canonicalJson(event as unknown as JsonValue);
}

/** Hex SHA-256 of a row. `event` is canonical JSON text. */
export function rowHash(row: Omit<StoredRow, 'hash'>): string {
  const { boot_id, event, monotonic_ms, prev_hash, seq, wall_micros } = row;
  const body = `{"bootId":${JSON.stringify(boot_id)},"event":${event},"monotonicMs":${JSON.stringify(monotonic_ms)},"prevHash":${JSON.stringify(prev_hash)},"seq":${seq},"wallMicros":${wall_micros}}`;
  return hash('sha256', `${DOMAIN}${Buffer.byteLength(body)}\n${body}`, 'hex');
}
