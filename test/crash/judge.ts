/**
 * What must hold after a supervisor was killed, judged from what its clients were told and what the log holds.
 *
 * Pure: rows and notes in, broken promises out.
 */
import type { AuditEvent, AuditRow } from '../../main/audit/event.ts';

/** What a client was told, as its agent takes it. `open` is an answer that an agent may take for a yes. */
export type Told = 'ran' | 'blocked' | 'open' | 'hung';

/** One call as its client lived it. */
export interface CallNote {
  /** Stands in the call's parameters, so that its rows can be found. */
  readonly id: string;
  /** `program`: the installed hook program; `door`: the same conversation without a process of its own. */
  readonly client: 'program' | 'door';
  readonly told: Told;
  /** When the client had its answer: before the kill, after it; or the whole call came after it. */
  readonly when: 'before' | 'across' | 'after';
  /** For a call that ran: its row could be read by another process as soon as the client was told. */
  readonly rowAtOnce: boolean;
}

/** What the hook program printed, and how it ended. */
export interface HookEnd {
  readonly exit: number | null;
  readonly stdout: string;
}

/** How an agent takes an answer: only 2 and a plain deny keep a call from running. */
export function toldBy({ exit, stdout }: HookEnd): Told {
  if (exit === 2) return 'blocked';
  if (exit !== 0) return 'open';
  try {
    const said = JSON.parse(stdout) as { hookSpecificOutput?: { permissionDecision?: unknown } };
    const decision = said.hookSpecificOutput?.permissionDecision;
    return decision === 'allow' ? 'ran' : decision === 'deny' ? 'blocked' : 'open';
  } catch {
    return 'open';
  }
}

/** Which calls the log lets run, and which it left waiting. Fed row by row. */
export class Ledger {
  /** Ids (of the notes) with a row that lets them run. */
  readonly allowed = new Set<string>();
  /** Call ids of the log that wait for a person. */
  readonly waiting = new Set<string>();
  /** By call id of the log. */
  readonly resolved = new Map<string, Extract<AuditEvent, { type: 'approval.resolved' }>>();
  readonly #idOf = new Map<string, string>();

  add(event: AuditEvent): void {
    if (event.type === 'call.decided') {
      const id = /crash-\d+-\d+/.exec(JSON.stringify(event.call.params))?.[0];
      if (id === undefined) return;
      this.#idOf.set(event.call.id, id);
      if (event.decision === 'allowed') this.allowed.add(id);
      if (event.decision === 'approval_required') this.waiting.add(event.call.id);
    } else if (event.type === 'approval.resolved') {
      this.waiting.delete(event.callId);
      this.resolved.set(event.callId, event);
      const id = this.#idOf.get(event.callId);
      if (id !== undefined && event.outcome === 'allowed') this.allowed.add(id);
    }
  }
}

export interface Aftermath {
  readonly notes: readonly CallNote[];
  /** Ids in the file to which each client that was let through wrote before anything else. */
  readonly ran: readonly string[];
  /** Rows of the killed life, as it left them. */
  readonly left: readonly AuditRow[];
  /** The same rows and those after them, once a new supervisor takes calls. */
  readonly later: readonly AuditRow[];
  /** What a full check of the chain says: as it was left, after the restart, and by the command. */
  readonly chains: readonly { readonly where: string; readonly problem: string | null }[];
  /** Lines of the timeline, and requests in the store, that still wait after the restart. */
  readonly stillWaiting: number;
}

/** Every promise that was broken, one line each. */
export function broken(after: Aftermath): readonly string[] {
  const found: string[] = [];
  const left = new Ledger();
  for (const row of after.left) left.add(row.event);
  const later = new Ledger();
  for (const row of after.later) later.add(row.event);

  for (const { where, problem } of after.chains)
    if (problem !== null) found.push(`the log does not verify ${where}: ${problem}`);
  for (const id of after.ran) if (!left.allowed.has(id)) found.push(`${id} ran without a row that allows it`);
  const ran = new Set(after.ran);
  for (const note of after.notes) {
    if (note.told === 'open' || note.told === 'hung') found.push(`${note.id} was answered: ${note.told}`);
    if (note.told === 'ran' && !ran.has(note.id)) found.push(`${note.id} was let through and did not run`);
    if (note.told === 'ran' && !note.rowAtOnce) found.push(`${note.id} was let through before its row`);
    if (note.told === 'ran' && note.when === 'after')
      found.push(`${note.id} ran when no supervisor was there`);
  }
  after.left.forEach((row, index) => {
    if (after.later[index]?.hash !== row.hash) found.push(`row ${row.seq} changed or went at the restart`);
  });
  for (const id of left.waiting) {
    const end = later.resolved.get(id);
    if (end === undefined) found.push(`${id} waited at the kill and has no end`);
    else if (end.outcome !== 'expired' || end.by !== 'restart')
      found.push(`${id} waited at the kill and ended as ${end.outcome} by ${end.by}`);
  }
  for (const id of later.allowed)
    if (!left.allowed.has(id)) found.push(`${id} was allowed after its supervisor was dead`);
  if (after.stillWaiting > 0) found.push(`${after.stillWaiting} requests of the killed life still wait`);
  return found;
}
