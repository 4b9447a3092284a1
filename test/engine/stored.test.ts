/** The form in which calls, peers and rules stand on the log. */
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../main/engine/fingerprint.ts';
import { changedFile } from '../../main/engine/run-files.ts';
import { ruleText, storedBehavior, storedCall, storedPeer, storedTrace } from '../../main/engine/stored.ts';
import { peerOf, processFacts } from '../support/peers.ts';
import { callOf } from './calls.ts';

describe('a peer', () => {
  const program = processFacts({ pid: 4300, name: 'gatehouse', executable: '/opt/gatehouse' });
  it('is the agent’s process, else the one that spoke, else its number', () => {
    const shown = (more: object) => storedPeer(peerOf({}, more));
    expect(shown({})).toEqual({
      source: 'kernel',
      pid: 4242,
      uid: 1000,
      executable: '/usr/bin/claude',
      digest: 'ab'.repeat(32),
      ancestry: [
        { pid: 4242, name: 'claude' },
        { pid: 4000, name: 'bash' },
      ],
      terminal: 'pts/3',
    });
    expect(shown({ requester: null })).toMatchObject({ pid: program.pid, executable: '/opt/gatehouse' });
    expect(shown({ requester: null, process: null })).toMatchObject({
      pid: 4300,
      executable: null,
      digest: null,
    });
  });

  it('says how strongly its sandbox holds', () => {
    const level = (value: unknown) =>
      storedPeer(peerOf({}, { sandbox: { run: 'r', level: value, lacking: [] } as never })).sandbox;
    expect([level('strict'), level(null)]).toEqual(['strict', 'reduced']);
    expect(storedPeer(peerOf())).not.toHaveProperty('sandbox');
  });
});

describe('a call', () => {
  it('has a short name, and a summary that is short and well-formed', () => {
    const stored = storedCall(
      callOf('mcp_x.t', { title: `${'x'.repeat(398)}😀😀` }, { toolName: 't'.repeat(300) }),
    );
    expect(stored.toolName).toBe('t'.repeat(200));
    expect(stored.summary.length).toBeLessThanOrEqual(400);
    expect(stored.summary.isWellFormed()).toBe(true);
  });

  it('is named by its bytes and by the files that it runs', () => {
    const call = callOf('shell.bash', { command: 'sh a' });
    const file = { path: '/p/a', digest: 'd1' };
    const names = [
      fingerprintOf(call),
      fingerprintOf(call, [file]),
      fingerprintOf(call, [{ ...file, digest: 'd2' }]),
      fingerprintOf(call, [{ ...file, path: '/p/b' }]),
      fingerprintOf(call, [file, { path: '/p/b', digest: null }]),
    ];
    expect(new Set(names).size).toBe(5);
    expect(fingerprintOf(call, [])).toBe(names[0]);
    expect(fingerprintOf(call, [{ ...file, more: 1 } as never])).toBe(names[1]);
  });
});

describe('files', () => {
  it('have changed when one is another, or gone; one without a digest is not compared', () => {
    const [a, b] = [
      { path: '/a', digest: '1' },
      { path: '/b', digest: '2' },
    ];
    expect(changedFile([a, b], [b, a])).toBeNull();
    expect(changedFile([a, b], [a, { ...b, digest: '3' }])).toBe('/b');
    expect(changedFile([a, b], [b])).toBe('/a');
    expect(changedFile([{ ...a, digest: null }, b], [b])).toBeNull();
  });
});

describe('behaviour rules', () => {
  const firing = (message: string, rule: object | null = { path: 'behavior.a', file: 'p.yaml', line: 3 }) =>
    ({ rule: { id: 'a', rule, when: 'pre_tool', action: 'warn' }, state: 'fired', message }) as never;

  it('stand there with their place, cut and redacted', () => {
    expect(storedBehavior([])).toEqual({});
    expect(storedBehavior([firing('x'.repeat(2000)), firing('y', null)])).toEqual({
      behavior: [
        {
          rule: 'a',
          at: 'behavior.a at p.yaml:3',
          when: 'pre_tool',
          action: 'warn',
          state: 'fired',
          message: 'x'.repeat(1000),
        },
        expect.objectContaining({ at: '', message: 'y' }),
      ],
    });
    expect(
      JSON.stringify(storedBehavior([firing('key ghp_0123456789abcdefghij0123456789abcdef')])),
    ).not.toContain('ghp_0123');
  });
});

it('gates stand there without their numbers', () => {
  const trace = [{ gate: 0, state: 'passed', note: null }];
  expect(storedTrace({ trace } as never)).toEqual([{ state: 'passed', note: null }]);
  expect(ruleText(null)).toBeNull();
});
