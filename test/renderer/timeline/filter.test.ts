import { describe, expect, it } from 'vitest';
import { TimelineFilter } from '../../../preload/contract.ts';
import {
  parseFilter,
  splitComplete,
  type Term,
  termPhrase,
  termText,
  toContract,
  withTerm,
} from '../../../renderer/features/timeline/filter.ts';

const NOW = new Date(2026, 10, 24, 14, 32, 8).getTime();
const read = (text: string) => parseFilter(text, NOW);
const contract = (text: string) => {
  const { terms, words } = read(text);
  return toContract(terms, words);
};
const problem = (text: string) =>
  read(text)
    .problems.map((found) => found.text)
    .join('\n');

describe('words and terms', () => {
  it('takes plain words as full text', () => {
    expect(contract('git   push')).toMatchObject({ text: 'git push', outcome: [], gate: [] });
  });

  it('reads each key', () => {
    const filter = contract(
      'outcome:refused agent:claude-code app:web gate:5 risk:high action:shell.* session:s_1 events:no push',
    );
    expect(filter).toEqual({
      text: 'push',
      outcome: ['refused'],
      decision: [],
      client: [],
      agent: ['claude-code'],
      app: ['web'],
      session: ['s_1'],
      turn: [],
      rule: [],
      success: null,
      action: ['shell.*'],
      gate: [5],
      risk: ['high'],
      since: null,
      until: null,
      events: false,
    });
    expect(TimelineFilter.parse(filter)).toEqual(filter);
  });

  it('takes the same key twice, and commas, as either', () => {
    expect(contract('outcome:refused outcome:denied').outcome).toEqual(['refused', 'denied']);
    expect(contract('outcome:refused,denied,').outcome).toEqual(['refused', 'denied']);
    expect(contract('gate:5 gate:5').gate).toEqual([5]);
  });

  it('takes a module and an action together as both', () => {
    expect(contract('module:shell').action).toEqual(['shell.*']);
    expect(contract('module:shell,filesystem action:shell.bash').action).toEqual(['shell.bash']);
    expect(contract('module:shell action:*').action).toEqual(['shell.*']);
    // What can be of both is nothing, and not everything.
    expect(contract('module:shell action:filesystem.read').action).toEqual(['-']);
  });

  it('takes a quoted value whole, with its spaces and commas', () => {
    expect(contract('app:"my app, new"').app).toEqual(['my app, new']);
    expect(contract('"outcome:refused"')).toMatchObject({ text: 'outcome:refused', outcome: [] });
  });

  it('leaves addresses and paths alone', () => {
    expect(contract('https://paste.example/api').text).toBe('https://paste.example/api');
    expect(problem('https://paste.example/api 12:30 a/b:c')).toBe('');
  });

  it('does not mind the case of keys and fixed values', () => {
    expect(contract('OUTCOME:Refused Gate:policy gate:1b')).toMatchObject({
      outcome: ['refused'],
      gate: [4, 1],
    });
  });

  it('keeps the case of names', () => {
    expect(contract('app:Web').app).toEqual(['Web']);
  });
});

describe('problems', () => {
  it('says which keys there are, and how to search for the text', () => {
    expect(problem('outcom:refused')).toBe(
      'No filter is called “outcom”. Allowed: outcome, decision, agent, app, module, action, session, turn, gate, rule, risk, success, since, until, events. To search for the text, put it in quotes: "outcom:refused".',
    );
  });

  it.each([
    [
      'outcome:maybe',
      'outcome:maybe is not known. Allowed: waits, allowed, denied, refused, expired, cancelled.',
    ],
    ['gate:7', 'gate:7 is not known. Allowed: 0 to 6, Active, Module, Risk, Permission, Policy, Data, Rate.'],
    ['risk:', 'risk: needs a value, for example risk:high.'],
    ['since:soon', 'since:soon is not a time. Write 1h, 30m, 2d, today, yesterday, 13:04 or 2026-11-23.'],
    ['events:maybe', 'events:maybe is not known. Allowed: yes, no.'],
    [
      'action:a/b',
      'action:a/b is not an action. Write a module, module.action, or the beginning of one and *, for example shell.bash.',
    ],
    ['app:"my app', 'The quote in app:"my app is not closed.'],
  ])('%s', (text, expected) => {
    expect(problem(text)).toBe(expected);
  });

  it('names what is too long for the contract before it is sent', () => {
    expect(problem(`agent:${'a'.repeat(65)}`)).toContain('65 characters, at most 64');
    expect(problem('w'.repeat(401))).toContain('at most 400');
    expect(toContract([], 'w'.repeat(401)).text).toHaveLength(400);
  });

  it('uses what is right beside what is wrong', () => {
    const { terms, words, problems } = read('gate:9 outcome:refused push');
    expect([terms.length, words, problems.length]).toEqual([1, 'push', 1]);
  });

  it('answers for every input and never passes what the contract refuses', () => {
    const pieces = [
      'outcome:',
      'gate:',
      '"',
      ',',
      ' ',
      'since:',
      '1h',
      'refused',
      ':',
      '//',
      '\u202E',
      '😀',
      'app:',
      '5',
      '*',
      '\n',
    ];
    let seed = 7;
    const next = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed;
    };
    for (let round = 0; round < 3_000; round += 1) {
      const text = Array.from({ length: next() % 9 }, () => pieces[next() % pieces.length]).join('');
      const { terms, words } = read(text);
      expect(TimelineFilter.safeParse(toContract(terms, words)).success, JSON.stringify(text)).toBe(true);
      const { complete, rest } = splitComplete(text);
      expect(complete + rest).toBe(text);
    }
  });
});

describe('moments', () => {
  const since = (text: string) => {
    const { terms } = read(`since:${text}`);
    const term = terms[0];
    return term?.key === 'since' ? new Date(term.at) : null;
  };

  it.each([
    ['1h', new Date(NOW - 3_600_000)],
    ['30m', new Date(NOW - 1_800_000)],
    ['2d', new Date(NOW - 172_800_000)],
    ['today', new Date(2026, 10, 24)],
    ['yesterday', new Date(2026, 10, 23)],
    ['13:04', new Date(2026, 10, 24, 13, 4)],
    ['13:04:30', new Date(2026, 10, 24, 13, 4, 30)],
    ['2026-11-20', new Date(2026, 10, 20)],
    ['2026-11-20T08:15', new Date(2026, 10, 20, 8, 15)],
  ])('since:%s', (text, expected) => {
    expect(since(text)).toEqual(expected);
  });

  it('takes a time of day that is still to come as yesterday’s', () => {
    expect(since('15:00')).toEqual(new Date(2026, 10, 23, 15, 0));
  });

  it('ends a day at its last millisecond', () => {
    expect(contract('until:yesterday').until).toBe(new Date(2026, 10, 24).getTime() - 1);
  });

  it.each(['25:00', '13:60', '2026-02-30', '2026-13-01', '1y', '-1h'])('refuses %s', (text) => {
    expect(since(text)).toBeNull();
  });
});

describe('chips', () => {
  it('goes from term to text and back', () => {
    for (const text of [
      'outcome:refused',
      'gate:5',
      'app:"my app"',
      'since:13:04',
      'events:no',
      'action:shell.*',
    ]) {
      const term = read(text).terms[0] as Term;
      expect(termText(term)).toBe(text);
      expect(read(termText(term)).terms).toEqual([term]);
    }
  });

  it('says a term in words', () => {
    expect(read('gate:5 outcome:refused events:no').terms.map(termPhrase)).toEqual([
      'gate 5',
      'outcome refused',
      'events hidden',
    ]);
  });

  it('replaces a time bound and keeps other terms beside one another', () => {
    const [hour, day, five, six] = read('since:1h since:1d gate:5 gate:6').terms as [Term, Term, Term, Term];
    expect(withTerm(withTerm([hour], five), day)).toEqual([five, day]);
    expect(withTerm([five], six)).toEqual([five, six]);
    expect(withTerm([five], five)).toEqual([five]);
  });

  it('takes only finished tokens out of a field that is being typed in', () => {
    expect(splitComplete('outcome:refused pu')).toEqual({ complete: 'outcome:refused ', rest: 'pu' });
    expect(splitComplete('outcome:refused ')).toEqual({ complete: 'outcome:refused ', rest: '' });
    expect(splitComplete('app:"my app')).toEqual({ complete: '', rest: 'app:"my app' });
    expect(splitComplete('app:"my ')).toEqual({ complete: '', rest: 'app:"my ' });
  });
});
