/** A launch as a person's project on a Mac would ask for it, and the profile that comes of it. */
import type { LaunchStep, Level } from '../../../main/sandbox/launch-plan.ts';
import { type MacosWish, macosPlan } from '../../../main/sandbox/macos/plan.ts';
import { fakeDisk } from '../fake-disk.ts';
import { wish } from '../wish.ts';
import { Seatbelt } from './seatbelt.ts';

export const HOME = '/Users/u';
export const PROJECT = '/Users/u/proj';
export const OWN = '/Users/u/Library/Application Support/gatehouse';
export const SCRATCH = `${OWN}/sessions/s1`;
export const DOOR = `${OWN}/run/agent.sock`;

export const MAC_DISK = [
  '/usr/bin/',
  '/bin/',
  '/sbin/',
  '/opt/homebrew/bin/',
  '/etc -> private/etc',
  '/private/etc/',
  '/Users/u/proj/src/',
  '/Users/u/proj/.git/hooks/existing',
  '/Users/u/proj/.git/config',
  '/Users/u/proj/.claude/settings.json',
  '/Users/u/proj/.vscode/tasks.json',
  '/Users/u/proj/.envrc',
  '/Users/u/proj/gatehouse.yaml',
  '/Users/u/.nvm/versions/node/v24/bin/',
  '/Users/u/.gitconfig -> /Users/u/dotfiles/gitconfig',
  '/Users/u/dotfiles/gitconfig',
  '/Users/u/.local/bin/claude -> /Users/u/.local/share/claude/versions/2.1',
  '/Users/u/.local/share/claude/versions/2.1',
  '/Users/u/.ssh/id_ed25519',
  '/Users/u/datasets/',
  `${OWN}/bin/gatehouse`,
  `${OWN}/run/agent.sock`,
  `${SCRATCH}/.claude/settings.json`,
  `${SCRATCH}/tmp/`,
];

export const macWish: MacosWish = {
  ...wish,
  home: HOME,
  workspace: PROJECT,
  cwd: `${PROJECT}/src`,
  path: `${HOME}/.local/bin:${HOME}/.nvm/versions/node/v24/bin:/opt/homebrew/bin:/usr/bin:/bin`,
  program: `${HOME}/.local/bin/claude`,
  uid: 501,
  settings: [`${HOME}/.claude/settings.json`],
  state: [{ source: `${SCRATCH}/.claude`, target: `${HOME}/.claude` }],
  gatehouse: { own: [OWN], bin: `${OWN}/bin`, run: `${OWN}/run` },
  network: {
    listen: [
      { kind: 'agent-door', port: 7842 },
      { kind: 'http-proxy', port: 49_152 },
      { kind: 'socks5', port: 49_153 },
    ],
  },
  agentDoor: DOOR,
  scratch: SCRATCH,
  mark: 'gatehouse.run_0123',
};

export function planOf(change: Partial<MacosWish> = {}, disk: readonly string[] = MAC_DISK) {
  return macosPlan({ ...macWish, ...change }, fakeDisk(disk));
}

/** The profile's text, and what it takes. */
export function profileOf(steps: readonly LaunchStep[]): {
  readonly text: string;
  readonly params: ReadonlyMap<string, string>;
} {
  const text = steps.find((step) => step[0] === 'profile')?.[1];
  if (typeof text !== 'string') throw new Error('the plan has no profile');
  const params = steps.flatMap((step) => (step[0] === 'param' ? [[step[1], step[2]] as const] : []));
  return { text, params: new Map(params) };
}

/** The profile at a level, to be asked. */
export function beltOf(level: Level, change: Partial<MacosWish> = {}, disk?: readonly string[]): Seatbelt {
  const { text, params } = profileOf(planOf({ level, ...change }, disk).steps);
  return new Seatbelt(text, params);
}
