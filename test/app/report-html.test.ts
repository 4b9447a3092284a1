import { describe, expect, test } from 'vitest';
import { eventWords } from '../../main/app/commands/audit.ts';
import { reportHtml } from '../../main/app/views/report-html.ts';
import { storyView } from '../../main/app/views/story-view.ts';
import { csvLine } from '../../main/audit/export.ts';
import { EVERYTHING } from '../../main/audit/filter.ts';
import type { TimelineLine } from '../../main/audit/line.ts';
import { SessionStory } from '../../preload/contract.ts';
import { completed, decided, resolved, started } from '../support/audit-events.ts';
import { launchChromium, noBrowser } from '../support/chromium.ts';

/** What an agent may call its command, to mislead whoever reads of it. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['an escape sequence', '\u001b[2J\u001b]0;owned\u0007ls'],
  ['text that is turned round', 'echo \u202egpj.exe\u2066'],
  ['a script', '<script>document.title="owned"</script><img src=x onerror="document.title=1">'],
  ['the end of an attribute', `"'><svg onload=alert(1)>`],
  ['an entity', '&lt;b&gt;&#x202e;'],
  ['a formula', "=cmd|' /C calc'!A0"],
  ['a formula behind blanks', '  \t=HYPERLINK("http://evil.example","x")'],
  ['a wide formula', '＝1+1'],
  ['a negative', '-2+3+cmd|x'],
  ['a line of its own', 'a\r\n=1+1,"b"\n@SUM(1)'],
  ['a very long text', `x${'A'.repeat(300_000)}`],
  ['a zero byte', 'rm\u0000 -rf'],
  ['half a character', 'x\ud800y\udc00'],
  ['a comment of HTML', '--><!-- ]]>'],
];

function lineOf(text: string): TimelineLine {
  return {
    seq: 1,
    lastSeq: 2,
    callId: 'call_1',
    at: 1_780_000_000_000_000,
    outcome: 'denied',
    byPerson: true,
    client: text.slice(0, 50),
    agent: 'main',
    app: `/home/me/${text.slice(0, 50)}`,
    session: 'ses_1',
    turn: 1,
    module: 'shell',
    action: 'shell.bash',
    risk: 'high',
    rule: text.slice(0, 100),
    summary: text,
    reason: text.slice(0, 500),
    trace: null,
    scope: null,
    success: null,
    durationMs: null,
    alarm: false,
  };
}

const storyOf = (text: string) =>
  SessionStory.parse(
    storyView([lineOf(text), { ...lineOf(text), seq: 3, callId: null }], null, false, '/home/me'),
  );
/** Characters that do not show, but for the line breaks of the document itself. */
const hiddenIn = (text: string, kept: readonly string[] = []) =>
  text.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu)?.filter((one) => !kept.includes(one)) ?? [];

describe('the report of a session, written by an agent that means harm', () => {
  test.each(HOSTILE)('holds %s as text', (_name, text) => {
    const html = reportHtml(storyOf(text), 0, 'It verified.');
    expect(hiddenIn(html, ['\n', '\t'])).toEqual([]);
    expect(html).not.toMatch(/<(?:script|img|svg|iframe|link|object)/i);
    const tags = [...html.matchAll(/<([a-z0-9]+)/gi)].map(([, name]) => name?.toLowerCase());
    const own = new Set([
      'html',
      'head',
      'meta',
      'title',
      'style',
      'body',
      'h1',
      'h2',
      'dl',
      'dt',
      'dd',
      'ol',
      'li',
      'time',
      'div',
      'b',
      'pre',
      'small',
      'i',
      'p',
      'footer',
    ]);
    expect(tags.filter((name) => !own.has(name ?? ''))).toEqual([]);
    expect(html.length).toBeLessThan(40_000);
  });

  test.skipIf(noBrowser !== null)(
    'runs nothing and fetches nothing in a browser, and shows its style',
    async () => {
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        const asked: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        const told: string[] = [];
        page.on('console', (message) => told.push(message.text()));
        for (const [name, text] of HOSTILE) {
          await page.goto('about:blank');
          await page.setContent(reportHtml(storyOf(text), 0, 'It verified.'));
          expect(await page.title(), name).toMatch(/: what happened$/);
          expect(await page.locator('li').count()).toBeGreaterThan(0);
          expect(await page.evaluate(() => getComputedStyle(document.body).maxWidth)).not.toBe('none');
        }
        expect(asked.filter((url) => url.startsWith('http'))).toEqual([]);
        // Its own policy refuses what would be smuggled in past the escaping.
        const refused = await page.evaluate(async () => {
          const directives: string[] = [];
          const both = new Promise<void>((resolve) =>
            document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
              if (directives.push(violatedDirective) === 2) resolve();
            }),
          );
          const image = document.createElement('img');
          image.src = 'http://127.0.0.1:9/x.png';
          document.body.append(image);
          const script = document.createElement('script');
          script.textContent = 'document.title = "owned"';
          document.body.append(script);
          await both;
          return directives;
        });
        expect(refused.toSorted()).toEqual(['img-src', 'script-src-elem']);
        expect(await page.title()).not.toBe('owned');
        expect(told.filter((text) => !/Content Security Policy/.test(text))).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});

describe('a row for a spreadsheet and for a terminal', () => {
  test.each(HOSTILE)('with %s in it is one row of cells that compute nothing', (_name, text) => {
    const wellFormed = text.toWellFormed();
    const row = {
      seq: 1,
      wallMicros: 1_780_000_000_000_000,
      monotonicMs: 1,
      bootId: 'b',
      event: decided('call_1', { summary: wellFormed, reason: wellFormed, client: wellFormed.slice(0, 60) }),
      prevHash: 'p',
      hash: 'h',
    } as const;
    const line = csvLine(row);
    expect(hiddenIn(line)).toEqual([]);
    const cells = parseCsv(line);
    expect(cells).toHaveLength(11);
    for (const cell of cells) expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠|%]/u);
    const words = eventWords(row);
    expect(hiddenIn(words)).toEqual([]);
    expect(words.split('\n')).toHaveLength(1);
  });

  test.each([
    [started(), 'Gatehouse'],
    [resolved('call_1', 'denied'), 'denied by person'],
    [completed('call_1'), 'ran well'],
    [decided('call_1'), 'npm test'],
  ])('says what happened: %j', (event, part) => {
    const row = { seq: 1, wallMicros: 0, monotonicMs: 1, bootId: 'b', event, prevHash: 'p', hash: 'h' };
    expect(parseCsv(csvLine(row)).at(-1)).toContain(part);
    expect(eventWords(row)).toContain(part);
  });
});

/** RFC 4180, one line. */
function parseCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

describe('a filter that narrows nothing', () => {
  test('is what the contract makes of an empty one', async () => {
    const { TimelineFilter } = await import('../../preload/contract.ts');
    expect(TimelineFilter.parse({})).toEqual(EVERYTHING);
  });
});
