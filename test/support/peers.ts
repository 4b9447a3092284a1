import type { Peer, ProcessFacts } from '../../main/platform/peer.ts';

/** A process as the kernel would tell it. */
export function processFacts(overrides: Partial<ProcessFacts> = {}): ProcessFacts {
  return {
    pid: 4242,
    startTime: '1000',
    name: 'claude',
    executable: '/usr/bin/claude',
    digest: 'ab'.repeat(32),
    cwd: '/tmp',
    ...overrides,
  };
}

/** A peer whose agent process is the given one. */
export function peerOf(requester: Partial<ProcessFacts> = {}, overrides: Partial<Peer> = {}): Peer {
  const agent = processFacts(requester);
  return {
    source: 'kernel',
    pid: 4300,
    uid: 1000,
    process: processFacts({ pid: 4300, name: 'gatehouse', executable: '/opt/gatehouse' }),
    requester: agent,
    ancestry: [agent, processFacts({ pid: 4000, name: 'bash', executable: '/bin/bash' })],
    terminal: 'pts/3',
    ...overrides,
  };
}
