/**
 * A range of the log that a stranger can check: its rows as they are hashed, what the first one follows, what was
 * removed on the record in between, and the signed records of the file of checkpoints.
 *
 * JSON lines: `{"format","log","from","to","prevHash","records"}`, then a line for each row or removed run, in order.
 */
import { codeName, HIDDEN_CHARACTERS } from '../../preload/contract/hidden-characters.ts';
import type { AuditRow } from './event.ts';
import type { TimelineFilter } from './filter.ts';
import type { Gap } from './pruned.ts';
import { canonicalEvent } from './row.ts';
import { rowWords } from './sentences.ts';

export const EXPORT_FORMAT = 'gatehouse-audit-export-v1';

/** One line of an export after its first. */
export type ExportLine =
  | { readonly kind: 'row'; readonly row: AuditRow }
  | { readonly kind: 'removed'; readonly gap: Gap };

/** The first line. `records`: the file of checkpoints, line by line. */
export function exportHeader(head: {
  readonly log: string;
  readonly from: number;
  readonly to: number;
  readonly prevHash: string;
  readonly records: readonly string[];
}): string {
  return JSON.stringify({ format: EXPORT_FORMAT, ...head });
}

/** Of no use to the script that verifies: it knows another format. */
const EXCERPT_FORMAT = 'gatehouse-audit-excerpt-v1';

/** The first line where only rows that match a filter follow: a chain with holes proves nothing, and says so. */
export function excerptHeader(head: {
  readonly log: string;
  readonly from: number;
  readonly to: number;
  readonly filter: TimelineFilter;
}): string {
  return JSON.stringify({ format: EXCERPT_FORMAT, ...head });
}

/** A row exactly as its hash covers it, or a run of rows that were removed on the record. */
export function exportLine(line: ExportLine): string {
  if (line.kind === 'removed') {
    const { first, last, prev_hash, last_hash, pruning } = line.gap;
    return JSON.stringify({ removed: { first, last, prevHash: prev_hash, lastHash: last_hash, pruning } });
  }
  const { seq, wallMicros, monotonicMs, bootId, event, prevHash, hash } = line.row;
  return `{"seq":${seq},"wallMicros":${wallMicros},"monotonicMs":${JSON.stringify(monotonicMs)},"bootId":${JSON.stringify(bootId)},"prevHash":"${prevHash}","hash":"${hash}","event":${canonicalEvent(event)}}`;
}

const COLUMNS = [
  'seq',
  'time',
  'type',
  'session',
  'app',
  'client',
  'action',
  'decision',
  'gate',
  'rule',
  'summary',
];

/** The first line of the same range as comma-separated values, for a spreadsheet; not to be verified. */
export function csvHeader(): string {
  return COLUMNS.join(',');
}

/** A row as comma-separated values (RFC 4180). */
export function csvLine({ seq, wallMicros, event }: AuditRow): string {
  const call = event.type === 'call.decided' ? event.call : null;
  const text = (name: string): string => {
    const value = (event as unknown as Record<string, unknown>)[name];
    return typeof value === 'string' ? value : '';
  };
  return [
    String(seq),
    new Date(wallMicros / 1000).toISOString(),
    event.type,
    call?.session ?? text('session'),
    call?.app ?? text('app'),
    call?.client ?? text('client'),
    call === null ? '' : `${call.module}.${call.action}`,
    text('decision') || text('outcome'),
    text('gate'),
    text('rule'),
    rowWords(event),
  ]
    .map(csvCell)
    .join(',');
}

const HIDDEN = new RegExp(String.raw`[${HIDDEN_CHARACTERS}\p{Cs}]`, 'gu');

/**
 * One cell: what a spreadsheet would take for a formula becomes text, also behind blanks, and characters that do
 * not show (control, ANSI, bidi, lone surrogates) stand as their names. The exact bytes are in the JSON lines.
 */
function csvCell(text: string): string {
  const named = text.replace(HIDDEN, (character) => `‹${codeName(character)}›`);
  const plain = /^\s*[=+\-@＝＋－＠|%]/u.test(named) ? `'${named}` : named;
  return /[",;]|^\s|\s$/u.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
