/** A call as the analysis sees it, what is kept of the analysis, and what `policy eval` says of both. */
import { describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { factsOf, NO_SERVERS } from '../../main/engine/call-facts.ts';
import { effectsJson } from '../../main/engine/effects-json.ts';
import { evalCall, evalLine } from '../../main/engine/eval-line.ts';
import { redact, redactText, shorten } from '../../main/engine/redaction.ts';
import { bash, policyOf } from './calls.ts';
import { analysisOf, commandFrom } from './remembered/made.ts';

describe('the facts of a call', () => {
  it('are those of the catalog, and strangers may do anything', () => {
    const facts = (module: string, action: string) => {
      const { mutating, foreign } = factsOf(module, action, {});
      return [mutating, foreign];
    };
    expect(facts('filesystem', 'read')).toEqual([false, false]);
    expect(facts('filesystem', 'write')).toEqual([true, false]);
    expect(facts('mcp_x', 'y')).toEqual([true, true]);
    expect(facts('no', 'such')).toEqual([true, true]);
  });

  it('name each parameter, and a command is one whatever it holds', () => {
    expect(factsOf('shell', 'bash', { description: 'x', command: ['ls'] }).parameters).toEqual([
      { name: 'description', kind: 'text', value: 'x' },
      { name: 'command', kind: 'command', value: ['ls'] },
    ]);
    expect(factsOf('mcp_x', 'y', { path: ['a'] }).parameters).toEqual([
      { name: 'path', kind: 'json', value: ['a'] },
    ]);
  });

  it('hold what a server’s schema says of texts, and whether that was cut', () => {
    expect(factsOf('mcp_x', 'y', { where: '/a' })).toMatchObject({ hinted: [], isCut: false });
    const schema = { type: 'object', properties: { where: { type: 'string', format: 'uri' } } };
    const { hinted, isCut } = factsOf(
      'mcp_x',
      'y',
      { where: 'file:///a' },
      { ...NO_SERVERS, schemas: () => [schema, schema] },
    );
    expect([hinted.length > 0, isCut]).toEqual([true, false]);
  });
});

describe('analyses', () => {
  function counting() {
    const seen: string[] = [];
    const analyst = {
      call: ({ action }: { action: string }, place: { cwd: string; workspace: string; home: string }) => {
        seen.push(`${action} in ${place.cwd} of ${place.workspace} at ${place.home}`);
        return analysisOf();
      },
      shell: (text: string, { cwd }: { cwd: string }) => {
        seen.push(`${text} in ${cwd}`);
        return analysisOf({ commands: [commandFrom(text)] });
      },
    } as unknown as Analyst;
    return { seen, analyses: new CallAnalyses(analyst, '/h') };
  }

  it('of one call are made once', () => {
    const { seen, analyses } = counting();
    const call = bash('ls', { cwd: '/c', app: '/a' });
    expect(analyses.of(call)).toBe(analyses.of(call));
    expect(seen).toEqual(['bash in /c of /a at /h']);
    analyses.of(bash('ls'));
    expect(seen).toHaveLength(2);
  });

  it('of one text in one place are made once, so many of them', () => {
    const { seen, analyses } = counting();
    const ask = (text: string, cwd = '/c', app = '/a') => analyses.fits(text, ['git status'], { cwd, app });
    expect([ask('git status'), ask('git status'), ask('git push')]).toEqual(['all', 'all', 'none']);
    expect(seen).toEqual(['git status in /c', 'git push in /c']);
    ask('git status', '/d');
    ask('git status', '/c', '/b');
    expect(seen).toHaveLength(4);
    for (let n = 0; n < 196; n += 1) ask(`git ${n}`);
    expect(seen).toHaveLength(200);
    ask('git status');
    expect(seen).toHaveLength(200);
    ask('one more');
    ask('git status');
    expect(seen).toHaveLength(202);
  });
});

it('effects are told by kind, each with its fields', () => {
  expect(
    effectsJson(
      analysisOf({
        effects: [
          { kind: 'read', path: '/a', at: 'workspace' },
          { kind: 'read', path: '/b', at: 'home' },
          { kind: 'write', path: '/c', at: 'temp' },
          { kind: 'delete', path: '/d', at: 'system' },
          { kind: 'network', host: 'x', class: 'public', how: 'fetch' },
          { kind: 'run', what: 'inline_code', file: null },
          { kind: 'process', target: 'p' },
        ],
        concerns: [{ code: 'service', says: 's', more: 1 } as never],
        opaque: 'eval',
      }),
    ),
  ).toEqual({
    read: [
      { path: '/a', at: 'workspace' },
      { path: '/b', at: 'home' },
    ],
    write: [{ path: '/c', at: 'temp' }],
    delete: [{ path: '/d', at: 'system' }],
    network: [{ host: 'x', class: 'public', how: 'fetch' }],
    run: [{ what: 'inline_code', file: null }],
    process: [{ target: 'p' }],
    concerns: [{ code: 'service', says: 's' }],
    opaque: 'eval',
    undo: 'unknown',
    risk: 'medium',
  });
  expect(effectsJson(analysisOf())).toEqual({ undo: 'unknown', risk: 'medium' });
});

describe('a line of policy eval', () => {
  const rules = (more: object, behavior: object = {}) =>
    policyOf({
      tools: {
        modules: { shell: {} },
        capabilities: { default_policy: 'auto', max_risk_level: 'high', ...more },
      },
      security: { behavior },
    });
  const line = (more: object = {}) =>
    JSON.stringify({ module: 'shell', action: 'bash', params: { command: 'ls' }, ...more });

  it('stands in its folder, or in the project it names', () => {
    const call = (more: object) => {
      const given = evalCall(line(more));
      return 'refused' in given ? given.refused : [given.call.app, given.call.cwd, given.facts.rewrites];
    };
    expect(call({})).toEqual(['/', '/', false]);
    expect(call({ cwd: '/c' })).toEqual(['/c', '/c', false]);
    expect(call({ cwd: '/c', app: '/a', rewrites: true })).toEqual(['/a', '/c', true]);
    expect(call({ rewrites: 'yes' })).toEqual(['/', '/', false]);
    for (const name of ['agent', 'client', 'cwd', 'app'])
      expect(call({ [name]: 5 })).toBe('agent, client, cwd and app must be text');
    expect(call({ params: null })).toBe('params must be an object');
    expect(evalCall('null')).toEqual({ refused: 'a line must be a JSON object' });
  });

  it('carries what rules say, and what it would run with', () => {
    const rule = (id: string, action: string, command: string) => ({
      ...{ id, action, trigger: 'shell.bash', message: `${id} speaks` },
      condition: { param_contains: { param: 'command', value: command } },
    });
    const policy = rules(
      { content: { secrets: 'redact' } },
      { rule_definitions: [rule('a', 'warn', 'echo')] },
    );
    const secret = 'echo AKIAIOSFODNN7EXAMPLQ';
    const said = (more: object) => evalLine(policy, line(more));
    expect(said({ params: { command: secret }, rewrites: true })).toMatchObject({
      decision: 'allow',
      messages: [expect.stringContaining('a speaks')],
      effects: { params: { command: expect.not.stringContaining('AKIA') } },
    });
    expect(said({ params: { command: secret } }).effects).toEqual({});
    expect(said({ rewrites: true }).effects).toEqual({});
    expect(said({}).messages).toEqual([]);
    expect(evalLine(null, line({ params: { command: secret }, rewrites: true }))).toMatchObject({
      decision: 'deny',
      effects: {},
    });
    const denying = rules({ deny: ['shell.bash'], content: { secrets: 'redact' } });
    expect(evalLine(denying, line({ params: { command: secret }, rewrites: true }))).toMatchObject({
      decision: 'deny',
      effects: {},
    });
  });

  it('says what an observed agent would have been told', () => {
    expect(evalLine(rules({ default_policy: 'block', observe: true }), line())).toMatchObject({
      decision: 'allow',
      observed: 'denied',
    });
    expect(evalLine(rules({}), line())).not.toHaveProperty('observed');
  });
});

describe('parameters on the log', () => {
  const nested = (depth: number, inner: unknown): object => {
    let value: unknown = inner;
    for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
    return { top: value };
  };

  it('are not followed beyond so many levels', () => {
    for (const made of [redact(nested(199, 5) as never), shorten(nested(199, 5) as never, 100_000)])
      expect(JSON.stringify(made)).toContain('5');
    expect(JSON.stringify(redact(nested(203, 5) as never))).toMatch(/\[REDACTED\]/);
    expect(JSON.stringify(shorten(nested(203, 5) as never, 100_000))).toContain('…');
    expect(
      JSON.stringify([redact(nested(203, 5) as never), shorten(nested(203, 5) as never, 9999)]),
    ).not.toContain('5');
  });

  it('keep numbers, flags and nothing as they are, and odd names as they stand', () => {
    const odd = JSON.parse('{"a":null,"b":1,"c":true,"__proto__":{"d":[null,2]}}') as never;
    for (const made of [redact(odd), shorten(odd, 1000)]) {
      expect(JSON.stringify(made)).toBe(JSON.stringify(odd));
      const own = Object.getOwnPropertyDescriptor(made, '__proto__');
      expect(own).toMatchObject({ enumerable: true, writable: true, configurable: true });
    }
  });

  it('are cut in steps, and at the last named only', () => {
    const long = { a: 'x'.repeat(40_000), b: 'y'.repeat(9000) };
    const cut = shorten(long, 100_000);
    expect([String(cut['a']).slice(0, 32_768), cut['b']]).toEqual(['x'.repeat(32_768), long.b]);
    expect(String(shorten(long, 20_000)['a']).startsWith(`${'x'.repeat(8192)}…`)).toBe(true);
    expect(String(shorten(long, 600)['a']).startsWith(`${'x'.repeat(128)}…`)).toBe(true);
    expect(shorten(long, 100)).toEqual({
      shortened: expect.stringMatching(/^parameters of 49\d+ bytes, SHA-256 [0-9a-f]{64}$/),
    });
    const exact = { a: 'b' };
    expect(shorten(exact, 9)).toEqual(exact);
    expect(shorten(exact, 8)).toHaveProperty('shortened');
  });

  it('are cut between characters of any width', () => {
    for (const [character, kept] of [
      ['é', 32_768],
      ['€', 32_766],
      ['😀', 32_768],
    ] as const) {
      const text = character.repeat(20_000);
      for (const lead of ['', 'x', 'xx', 'xxx']) {
        const cut = String(shorten({ a: lead + text }, 1e6)['a']).split('… (cut')[0] ?? '';
        expect(cut.isWellFormed() && !cut.includes('\ufffd')).toBe(true);
        expect((lead + text).startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeGreaterThan(kept - 4);
      }
    }
  });

  it('lose short names of secrets as words of their own, and no others', () => {
    const taken = (name: string) => redact({ [name]: 'x' })[name] === '[REDACTED]';
    expect(['pin', 'userPin', 'user_pin', 'my--otp', 'CVV'].map(taken)).toEqual(Array(5).fill(true));
    expect(['spin', 'opinion', 'pins', `pin_${'x'.repeat(252)}`, 'spinX'].map(taken)).toEqual([
      ...[false, false, false, true, false],
    ]);
    expect(taken(`pin_${'x'.repeat(253)}`)).toBe(false);
  });

  it('keep variables where a secret would stand, and users only where curl takes them', () => {
    expect(redactText('TOKEN=$X TOKEN="$Y" TOKEN=a$Z')).toBe('TOKEN=$X TOKEN="$Y" TOKEN=[REDACTED]');
    expect(redactText('curl -u me:hunter22 x')).toBe('curl -u me:[REDACTED] x');
    expect(redactText('docker run -u me:hunter22 x')).toBe('docker run -u me:hunter22 x');
  });
});
