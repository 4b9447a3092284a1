/** Why a call is stopped before any policy is asked. */
export interface ProtectedHit {
  readonly what:
    | 'own_files'
    | 'agent_settings'
    | 'own_processes'
    | 'own_program'
    | 'fakes_a_person'
    | 'unreadable';
  /** A sentence for the agent. */
  readonly reason: string;
}

export function ownFiles(path: string | null): ProtectedHit | null {
  if (path === null) return null;
  return {
    what: 'own_files',
    reason: `This reaches ${path}, which belongs to Gatehouse or to how it supervises you. No policy can allow it; leave it alone.`,
  };
}

export function agentSettings(path: string | null): ProtectedHit | null {
  if (path === null) return null;
  return {
    what: 'agent_settings',
    reason: `This could change ${path}. Hooks are switched on and off in it, through which Gatehouse supervises you, so no policy can allow it. You may read it; ask the person to change it.`,
  };
}

export function fakesAPerson(program: string): ProtectedHit {
  return {
    what: 'fakes_a_person',
    reason: `${program} could answer in the person's place or reach their secrets. No policy can allow it.`,
  };
}

export function unreadable(reason: string): ProtectedHit {
  return { what: 'unreadable', reason };
}
