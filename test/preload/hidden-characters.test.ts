/** A text that quotes an agent's words shows every character that does not show, wherever a person reads it. */
import { describe, expect, it } from 'vitest';
import { printable } from '../../main/app/commands/approvals.ts';
import { csvLine } from '../../main/audit/export.ts';
import { printable as prompted } from '../../main/cli/terminal.ts';
import { refusal } from '../../main/points/door/door-request.ts';
import { agentText } from '../../main/points/hooks/agent-text.ts';
import { summaryOf } from '../../main/points/run/run-summary.ts';
import { quoted } from '../../main/policy/diagnostic.ts';
import { oneLine } from '../../main/policy/one-line.ts';
import { visible } from '../../renderer/ui/visible-text.tsx';

const SHOWS: readonly (readonly [string, (text: string) => string])[] = [
  ['a title in a terminal', printable],
  ['a prompt', prompted],
  ['a reason for an agent', agentText],
  ['a refusal at the door', (text) => refusal('hook', text).stderr],
  [
    'the last words of a sandbox',
    (text) =>
      summaryOf({
        end: {
          ...{ code: 0, ran: true, denied: 0, reason: '', found: [], changed: [], changes: 0, whole: true },
        },
        ...{ left: [], changes: { lines: [], files: 0, notable: [], deleted: null }, back: [], record: null },
        ...{ calls: { made: 0, stopped: 0 }, notes: [text], milliseconds: 1 },
      }),
  ],
  ['a name in a message', quoted],
  ['a rule on one line', oneLine],
  ['text of the page', visible],
  [
    'a cell of a spreadsheet',
    (text) =>
      csvLine({
        ...{ seq: 1, wallMicros: 0, prevHash: '', hash: '' },
        event: { type: 'security', v: 1, what: 'x', detail: text, peer: null, session: null },
      } as unknown as Parameters<typeof csvLine>[0]),
  ],
];
const HIDDEN = {
  ...{ 'an escape': '\u001b', 'a bidi override': '\u202e', 'a width of nothing': '\u200b' },
  ...{ 'a line separator': '\u2028', 'a tag': '\u{e0041}', 'a Hangul filler': '\u3164' },
  ...{ 'an empty Braille cell': '\u2800', 'a joiner of graphemes': '\u034f', 'a selector': '\ufe00' },
  ...{ 'a selector of the second plane': '\u{e0101}' },
};

describe.each(SHOWS)('%s', (_what, show) => {
  it.each(Object.entries(HIDDEN))('does not hold %s', (_name, character) => {
    const shown = show(`one${character}two`);
    expect(shown).toMatch(/one.*two/);
    expect(shown).not.toContain(character);
  });

  it('leaves letters and emoji as they are', () => {
    expect(show('für ✔\ufe0f 日本')).toContain('für ✔\ufe0f 日本');
  });
});
