import { describe, expect, it } from 'vitest';
import {
  type EnforcementInput,
  enforcementView,
  sessionLabel,
  sessionView,
} from '../../main/app/views/overview-view.ts';
import { liveCounts, type ToolLevel, toolLevels } from '../../main/app/views/tools-view.ts';
import { appName, clientName, clip, projectPath, tildePath } from '../../main/app/views/words.ts';
import { UNHOOKED_SESSION } from '../../main/engine/requests.ts';
import type { Session } from '../../main/engine/sessions/session.ts';
import type { AgentView } from '../../preload/contract.ts';
import { HOME, PROJECT } from '../engine/calls.ts';
import { peerOf } from '../support/peers.ts';

describe('what is enforced', () => {
  const input: EnforcementInput = {
    policyState: 'ok',
    unenforced: [],
    observing: [],
    logState: 'intact',
    logSentence: 'Log intact to row 7',
    agents: [],
    liveSessions: 0,
    liveSandboxes: 0,
    liveServersOnly: 0,
    liveTools: 0,
    identityProblem: null,
    stopped: null,
    paused: [],
  };
  const agent = (name: string, state: AgentView['state']): AgentView => ({
    id: name.toLowerCase(),
    name,
    version: null,
    state,
    note: `${name} note.`,
    settingsFile: null,
    program: null,
    lastSeen: null,
  });
  const state = (more: Partial<EnforcementInput>) => enforcementView({ ...input, ...more });

  it('is nothing until an agent is connected, and never more than is so', () => {
    expect(state({})).toEqual({ state: 'none', sentence: 'Nothing is supervised yet.', problems: [] });
    expect(state({ agents: [agent('Codex', 'not_connected')] }).state).toBe('none');
    expect(state({ liveSessions: 1 })).toMatchObject({
      state: 'on',
      sentence: expect.stringMatching(/^One agent is supervised by hooks only\. .*not confined\.$/),
    });
    expect(state({ agents: [agent('A', 'connected'), agent('B', 'connected')] }).sentence).toMatch(
      /^A, B are supervised by hooks only\./,
    );
  });

  it('does not speak of hooks where no agent has any, and tells what is confined', () => {
    expect(state({ liveSessions: 1, liveServersOnly: 1, liveTools: 1 }).sentence).toBe(
      "One agent is supervised in what it asks of servers through Gatehouse. What else an agent does is not seen or confined. The calls of Gatehouse's tools, which one session has, run in a sandbox.",
    );
    expect(state({ liveSessions: 2, liveServersOnly: 2 }).sentence).toMatch(
      /^2 agents are supervised in what they ask of servers through Gatehouse\. [^.]*\.$/,
    );
    expect(state({ liveSessions: 2, liveServersOnly: 1, liveTools: 1 }).sentence).toMatch(
      /^One agent is supervised by hooks only\. .*which one session has, run in a sandbox\.$/,
    );
    expect(
      state({ agents: [agent('A', 'connected')], liveSessions: 1, liveServersOnly: 1 }).sentence,
    ).toMatch(/^A is supervised by hooks only\. .*not confined\.$/);
  });

  it('is weak as soon as one layer is, and says which', () => {
    expect(state({ agents: [agent('A', 'connected'), agent('B', 'broken')] })).toEqual({
      state: 'weak',
      sentence: 'B: the hooks are not as they should be. Calls may pass unseen.',
      problems: ['B: B note.'],
    });
    const connected = { agents: [agent('A', 'connected')] };
    expect(state({ ...connected, policyState: 'last_good' })).toMatchObject({
      state: 'weak',
      problems: [expect.stringMatching(/last good/)],
    });
    expect(state({ ...connected, identityProblem: 'No addon.' })).toMatchObject({
      state: 'weak',
      problems: ['No addon.'],
    });
    expect(state({ ...connected, unenforced: ['security.sandbox'] }).problems).toEqual([
      "The policy's security.sandbox is not enforced by this version.",
    ]);
  });

  it('is deny_all without a policy or a log, whatever else is well, the worst first', () => {
    const all = {
      agents: [agent('A', 'broken')],
      policyState: 'none' as const,
      logState: 'unwritable' as const,
      logSentence: 'Cannot write the log: full.',
    };
    expect(state(all)).toEqual({
      state: 'deny_all',
      sentence: 'Every call is refused: the log cannot be trusted or written.',
      problems: ['Cannot write the log: full.', 'No policy is in force.', 'A: A note.'],
    });
    expect(state({ ...all, logState: 'intact' })).toMatchObject({
      state: 'deny_all',
      sentence: 'Every call is refused: no policy is in force.',
    });
    expect(state({ logState: 'broken' }).state).toBe('deny_all');
  });
});

describe('a session', () => {
  const session: Session = {
    id: 'ses_1',
    key: 'claude-code abc',
    client: 'claude-code',
    claimedId: 'abc',
    app: PROJECT,
    appObserved: true,
    peer: peerOf(),
    holder: null,
    policyHash: null,
    startedWallMicros: 1_780_000_000_000_999,
    startedMonotonicMs: 0,
    lastSeenWallMicros: 1_780_000_001_000_000,
    lastSeenMonotonicMs: 0,
    turn: 0,
    title: null,
    ended: false,
    calls: new Map(),
  };

  it('is named by its first words, or by its project and hour', () => {
    expect(sessionLabel({ ...session, title: 'fix the login' })).toBe('fix the login');
    expect(sessionLabel({ ...session, title: 'x'.repeat(60) })).toHaveLength(40);
    expect(sessionLabel(session)).toMatch(/^web \d\d:\d\d$/);
    expect(sessionLabel({ ...session, title: '' })).toMatch(/^web /);
  });

  it('claims no more strength than it has', () => {
    expect(sessionView(session, 2, HOME)).toMatchObject({
      client: { id: 'claude-code', name: 'Claude Code' },
      app: { root: '~/web', name: 'web' },
      startedAt: 1_780_000_000_000,
      live: true,
      waiting: 2,
      strength: 1,
      caveat: 'A program this agent starts is not confined.',
    });
    expect(sessionView({ ...session, peer: { ...peerOf(), source: 'claimed' } }, 0, HOME).caveat).toMatch(
      /not known to the system/,
    );
    expect(sessionView({ ...session, ended: true }, 0, HOME)).toMatchObject({ live: false, strength: 0 });
  });

  it('tells the calls of governed tools from what else an agent does', () => {
    const alone = { ...session, claimedId: UNHOOKED_SESSION };
    const held = (of: Session, level: ToolLevel) => sessionView(of, 0, HOME, false, { level });
    expect(held(alone, 'strict')).toMatchObject({
      strength: 1,
      enforcement: 'Tools: sandbox strict',
      caveat:
        "The calls of Gatehouse's tools run in a sandbox of level strict. What else this agent does is not seen or confined.",
    });
    expect(held(alone, null)).toMatchObject({
      enforcement: 'Tools: sandbox reduced',
      caveat: expect.stringContaining('less than standard'),
    });
    expect(held(alone, undefined)).toMatchObject({
      enforcement: 'Tools: sandbox',
      caveat: expect.stringContaining('in a sandbox, or fail.'),
    });
    expect(held(session, 'maximum')).toMatchObject({
      strength: 1,
      enforcement: 'Hooks; tools: sandbox maximum',
      caveat: expect.stringContaining('What else this agent starts is not confined.'),
    });
    expect(sessionView(alone, 0, HOME).enforcement).toBe('MCP calls only');
    expect(sessionView(session, 0, HOME).enforcement).toBe('Hooks only');
    const sandbox = { run: 'run_1', level: 'standard', lacking: [] } as const;
    const boxed = { ...alone, peer: { ...peerOf(), sandbox } };
    expect(held(boxed, 'strict').enforcement).toBe('Sandbox standard');
  });

  it('counts sessions by how they are held, and a level as low as its weakest connection', () => {
    const told = (reached: 'standard' | 'strict' | null) =>
      ({ asked: 'strict', reached, lacking: [] }) as const;
    const levels = toolLevels([
      { engineSession: '', told: told('strict') },
      { engineSession: 's1', told: told('strict') },
      { engineSession: 's1', told: told('standard') },
      { engineSession: 's1', told: null },
      { engineSession: 's2', told: null },
      { engineSession: 's2', told: told('strict') },
      { engineSession: 's3', told: told('standard') },
      { engineSession: 's3', told: told(null) },
      { engineSession: 's4', told: null },
    ]);
    expect([...levels]).toEqual([
      ['s1', 'standard'],
      ['s2', 'strict'],
      ['s3', null],
      ['s4', undefined],
    ]);
    const alone = { ...session, claimedId: UNHOOKED_SESSION };
    const counts = liveCounts(
      [
        session,
        { ...alone, id: 's1' },
        { ...alone, id: 's2', ended: true },
        { ...alone, id: 's5', holder: 'token' },
      ],
      levels,
    );
    expect(counts).toEqual({ liveSessions: 2, liveSandboxes: 0, liveServersOnly: 1, liveTools: 1 });
  });
});

describe('words', () => {
  it('write paths as people do, and only real ones below home with ~', () => {
    expect([HOME, `${HOME}/x`, `${HOME}2/x`, '/x'].map((path) => tildePath(path, HOME))).toEqual([
      '~',
      '~/x',
      '/home/u2/x',
      '/x',
    ]);
    expect(['/p/a', '/p', '/p2/a', '/', '/p/../p/..a'].map((path) => projectPath(path, '/p', HOME))).toEqual([
      'a',
      '.',
      '/p2/a',
      '/',
      '..a',
    ]);
    expect([appName('/a/b'), appName('/'), clientName('codex'), clientName('new-one')]).toEqual([
      'b',
      '/',
      'Codex',
      'new-one',
    ]);
  });

  it('cut text at a whole character', () => {
    expect(clip('abc', 3)).toBe('abc');
    expect(clip('abcd', 3)).toBe('ab…');
    expect(clip('a😀b', 3).isWellFormed()).toBe(true);
  });
});
