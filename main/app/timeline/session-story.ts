/** A session's story, read from the log. */
import type { SessionStory } from '../../../preload/contract.ts';
import { EVERYTHING } from '../../audit/filter.ts';
import type { AuditLog, TimelineLine } from '../../audit/log.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { storyView } from '../views/story-view.ts';

const PORTION = 500;
/** Lines that are told, from the newest back. */
const MOST_LINES = 5000;

/** @throws GatehouseError `not_found` when the log has no line of the session */
export async function sessionStory(
  log: Pick<AuditLog, 'timeline' | 'row'>,
  session: string,
  home: string,
): Promise<SessionStory> {
  const filter = { ...EVERYTHING, session: [session] };
  const lines: TimelineLine[] = [];
  let cut = false;
  for (let before: number | null = null; ; ) {
    const { rows } = await log.timeline(filter, before, PORTION);
    lines.push(...rows);
    before = rows.at(-1)?.seq ?? null;
    if (rows.length < PORTION || before === null) break;
    if (lines.length >= MOST_LINES) {
      cut = true;
      break;
    }
  }
  const [first] = lines.reverse();
  if (first === undefined) throw new GatehouseError('not_found', `the log has no session ${session}`);
  const began = first.action === 'session.started' ? await log.row(first.seq) : null;
  return storyView(lines, began, cut, home);
}
