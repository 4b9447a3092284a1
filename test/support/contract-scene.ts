/** Things for the page to show: requests, sessions, agents, rows. Each fits the contract's schema. */
import type {
  AgentView,
  Approval,
  DesktopView,
  GateStep,
  Overview,
  Risk,
  SessionView,
} from '../../preload/contract.ts';
import { rememberChoices } from './rule-views.ts';

/** A request as the double keeps it; each page gets a nonce of its own with it. */
export type Card = Omit<Approval, 'nonce'>;

const SESSIONS = [
  ['s_web', 'Fix the login test', 'web'],
  ['s_api', 'Move the rate limit into middleware', 'api'],
  ['s_infra', 'infra, 09:12', 'infra'],
  ['s_docs', 'Write the changelog', 'docs'],
] as const;

const COMMANDS = [
  'npm run test -- --watch=false',
  'git push origin feature/login',
  'rm -rf build && cmake -B build',
  'curl -fsS https://registry.example/health',
  'psql -c "delete from sessions where expires < now()"',
] as const;

/** A command that hides what it does: ANSI escapes, right-to-left overrides, zero-width characters, a bell. */
export const HOSTILE_COMMAND = 'echo \u001B[2K\u202Etxt.sh\u202C \u200Brm -rf ~\u0007 # \u2066safe\u2069';

/** A command of 20 kB in one line, without a space to break at. */
export const LONG_COMMAND = `printf %s ${'0123456789abcdef'.repeat(1250)}`;

/** One request. Medium risk, five minutes left, may be remembered for the session. */
export function card(id: string, change: Partial<Card> = {}): Card {
  const now = Date.now();
  const [session, label, app] = SESSIONS[0];
  return {
    id,
    fingerprint: `fp-${id}`,
    createdAt: now,
    expiresAt: now + 300_000,
    remainingMs: 300_000,
    title: `Run ${COMMANDS[0]}`,
    risk: 'medium',
    client: { id: 'claude-code', name: 'Claude Code' },
    app: { root: `~/code/${app}`, name: app },
    session: { id: session, label },
    action: 'shell.bash',
    toolName: 'Bash',
    cwd: `~/code/${app}`,
    params: [param('command', 'command', COMMANDS[0])],
    reason: 'Commands ask first',
    rule: 'tools.capabilities.approve[0], policy.yaml line 14',
    trace: waitingTrace(),
    effects: { known: false, reason: 'This version does not read commands yet: judge by the text below.' },
    who: [
      { label: 'Program', text: 'Claude Code', code: '/usr/local/bin/claude', source: 'kernel' },
      { label: 'Says', text: '“runs the tests once”', code: null, source: 'claimed' },
    ],
    binding: 'A yes holds for exactly these bytes in this folder.',
    scopes: [
      { scope: 'once', label: 'once', button: 'Allow this command once', unavailable: null },
      {
        scope: 'session',
        label: 'this session',
        button: `Allow this exact call in ${app} until the session ends`,
        unavailable: null,
      },
      {
        scope: 'project',
        label: `in ${app}`,
        button: `Allow this exact call in ${app}`,
        unavailable: null,
      },
      { scope: 'always', label: 'everywhere', button: 'Allow it in every project', unavailable: null },
    ],
    remember: rememberChoices(),
    asked: 1,
    test: false,
    ...change,
  };
}

/** A request whose command is this text. */
export function commandCard(id: string, command: string, change: Partial<Card> = {}): Card {
  return card(id, {
    title: `Run ${command.slice(0, 130)}`,
    params: [param('command', 'command', command)],
    ...change,
  });
}

/** Requests as the supervisor sorts them: by risk, then age. */
export function inOrder(all: readonly Card[]): Card[] {
  const rank = { high: 0, unknown: 0, medium: 1, low: 2 } as const;
  return all.toSorted((a, b) => rank[a.risk] - rank[b.risk] || a.createdAt - b.createdAt);
}

/** As many requests as asked for: of four sessions, of every risk, some with hostile or very long text. */
export function cards(count: number): Card[] {
  const risks: readonly Risk[] = ['low', 'medium', 'high', 'medium', 'unknown', 'low'];
  const all = Array.from({ length: count }, (_, index) => {
    const [session, label, app] = SESSIONS[index % SESSIONS.length] ?? SESSIONS[0];
    const command = commandOf(index);
    return commandCard(`r${String(index).padStart(3, '0')}`, command, {
      risk: risks[index % risks.length] ?? 'medium',
      session: { id: session, label },
      app: { root: `~/code/${app}`, name: app },
      createdAt: Date.now() - (count - index) * 1000,
      asked: index % 11 === 3 ? 4 : 1,
    });
  });
  return inOrder(all);
}

function commandOf(index: number): string {
  if (index % 50 === 7) return HOSTILE_COMMAND;
  if (index === 1) return LONG_COMMAND;
  return `${COMMANDS[index % COMMANDS.length] ?? ''} # ${index}`;
}

export function param(name: string, kind: Approval['params'][number]['kind'], value: string) {
  return { name, kind, value, bytes: Buffer.byteLength(value), truncated: false };
}

/** Gates 0 to 3 passed, gate 4 waits. */
export function waitingTrace(): GateStep[] {
  return [0, 1, 2, 3, 4, 5, 6].map((gate) => ({
    gate,
    state: gate === 4 ? 'waits' : 'passed',
    note: gate === 4 ? 'asks you, line 14' : null,
    person: false,
  }));
}

/** Every session that `cards` come from, at work. */
export function sessions(): SessionView[] {
  return SESSIONS.map(([id, label, app], index) => ({
    id,
    label,
    client: { id: 'claude-code', name: 'Claude Code' },
    app: { root: `~/code/${app}`, name: app },
    startedAt: Date.now() - 3_600_000,
    lastCallAt: Date.now() - 60_000 * index,
    live: true,
    waiting: 0,
    strength: 1,
    enforcement: 'Hooks only',
    caveat: 'A program this agent starts is not confined.',
  }));
}

/** Claude Code, connected. */
export function agent(change: Partial<AgentView> = {}): AgentView {
  return {
    id: 'claude-code',
    name: 'Claude Code',
    version: '2.1.330',
    state: 'connected',
    note: 'Its hooks are in place.',
    settingsFile: '~/.claude/settings.json',
    program: '/usr/local/bin/claude',
    lastSeen: Date.now() - 60_000,
    ...change,
  };
}

/** All is well and one agent is supervised. `presence` and `waiting` are the double's to fill in. */
export function overview(change: Partial<Overview> = {}): Overview {
  return {
    version: '0.1.0',
    shell: 'headless',
    home: '~/.config/gatehouse',
    startedAt: Date.now() - 3_600_000,
    enforcement: {
      state: 'on',
      sentence: 'Claude Code is supervised by hooks only. Programs that an agent starts are not confined.',
      problems: [],
    },
    policy: {
      state: 'ok',
      file: '~/.config/gatehouse/policy.yaml',
      sentence: 'The policy is in force.',
      errors: [],
    },
    log: {
      state: 'intact',
      rows: 1284,
      sentence: 'Log intact, 1\u00A0284 rows',
      kept: 'Key and newest row are kept in the keychain',
    },
    presence: { pinSet: true, mayDecide: true, reason: null },
    sessions: sessions(),
    agents: [agent()],
    waiting: 0,
    pause: noPause(),
    ...change,
  };
}

/** Nothing is paused or stopped. */
export function noPause(change: Partial<Overview['pause']> = {}): Overview['pause'] {
  return {
    running: [],
    stoppedSince: null,
    wished: null,
    ends: { '15m': '15:00', '1h': '15:45', tomorrow: 'tomorrow 06:00' },
    ...change,
  };
}

/** A desktop with both, and nothing changed by the person. */
export function desktopView(change: Partial<DesktopView> = {}): DesktopView {
  return {
    tray: { state: 'ready', detail: 'The panel of this desktop shows the tray.', hint: null },
    notifier: {
      state: 'ready',
      detail: 'dunst 1.9.0 (/usr/bin/dunst) shows notifications.',
      hint: null,
      trusted: true,
      service: '1/:1.5',
    },
    settings: { enabled: true, approve: true, quiet: null },
    quietNow: false,
    ...change,
  };
}

/** Gatehouse just installed: an agent is found, none is connected, no PIN is set. */
export function firstOverview(): Overview {
  return overview({
    enforcement: { state: 'none', sentence: 'Nothing is supervised yet.', problems: [] },
    log: {
      state: 'intact',
      rows: 1,
      sentence: 'Log intact, 1 row',
      kept: 'Key and newest row are kept in the keychain',
    },
    sessions: [],
    agents: [
      agent({ state: 'not_connected', note: 'Connect adds its hooks to the settings file.', lastSeen: null }),
      agent({
        id: 'codex',
        name: 'Codex',
        version: null,
        state: 'not_found',
        note: 'Not on this computer.',
        settingsFile: null,
        program: null,
        lastSeen: null,
      }),
    ],
  });
}
