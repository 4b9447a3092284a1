/** A launch as a person's project on an ordinary computer would ask for it. */
import { presetOf } from '../../main/sandbox/agent-presets.ts';
import type { LaunchWish } from '../../main/sandbox/linux.ts';
import { fakeDisk } from './fake-disk.ts';

export const DISK = [
  '/usr/bin/',
  '/etc/',
  '/bin -> usr/bin',
  '/lib -> usr/lib',
  '/home/u/proj/src/',
  '/home/u/proj/.git/hooks/',
  '/home/u/proj/.git/config',
  '/home/u/proj/.claude/',
  '/home/u/.nvm/versions/node/v24/bin/',
  '/home/u/.local/bin/claude -> /home/u/.local/share/claude/versions/2.1',
  '/home/u/.local/share/claude/versions/2.1',
  '/home/u/.ssh/id_ed25519',
  '/home/u/datasets/',
  '/home/u/.local/share/gatehouse/bin/',
];

export const disk = fakeDisk(DISK);

export const wish: LaunchWish = {
  level: 'strict',
  require: 'standard',
  home: '/home/u',
  workspace: '/home/u/proj',
  cwd: '/home/u/proj/src',
  path: '/home/u/.local/bin:/home/u/.nvm/versions/node/v24/bin:/usr/bin',
  program: '/home/u/.local/bin/claude',
  uid: 1000,
  preset: presetOf('claude'),
  settings: ['/home/u/.claude/settings.json'],
  repositories: [],
  hookFolders: [],
  allowPaths: [{ path: '~/datasets', writable: true }],
  state: [{ source: '/home/u/.local/share/gatehouse/sessions/s1/.claude', target: '/home/u/.claude' }],
  layers: null,
  gatehouse: {
    own: ['/home/u/.config/gatehouse', '/home/u/.local/share/gatehouse'],
    bin: '/home/u/.local/share/gatehouse/bin',
    run: '/home/u/.local/share/gatehouse/run',
  },
  network: {
    listen: [
      { kind: 'agent-door', port: 7842 },
      { kind: 'http-proxy', port: 3128 },
    ],
  },
  noProxy: 'localhost,127.0.0.1',
  agentDoor: '/home/u/.local/share/gatehouse/run/agent.sock',
  memory: 2 ** 31,
  processes: 64,
  sessionTimeout: null,
  idleTimeout: null,
  mdwe: 'auto',
  audit: false,
};
