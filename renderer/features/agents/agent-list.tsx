import type { AgentView } from '../../../preload/contract.ts';
import { Button } from '../../ui/button.tsx';
import { connectFlow } from './connect-dialog.tsx';

const WORDS = {
  not_connected: 'not connected',
  connected: 'connected',
  broken: 'not enforced',
} as const;
const TONES = {
  not_found: 't-ink3',
  not_connected: 't-ink2',
  connected: 't-ink2',
  broken: 't-stop',
} as const;

export interface AgentListProps {
  readonly agents: readonly AgentView[];
  readonly onCheck?: (agent: string) => void;
}

/** The agent programs of this computer: how each stands, and what can be done about it. */
export function AgentList({ agents, onCheck }: AgentListProps) {
  if (agents.length === 0) return <p className="t-ink2">No agent program is known yet. Look again.</p>;
  return (
    <ul className="rows">
      {agents.map((agent) => {
        const open = (change: 'connect' | 'disconnect') =>
          void connectFlow.open({ agent: agent.id, name: agent.name, change });
        const canConnect =
          agent.settingsFile !== null && (agent.state === 'not_connected' || agent.state === 'broken');
        return (
          <li key={agent.id} {...(agent.state === 'not_found' ? { 'data-absent': '' } : {})}>
            <span>
              <b>{agent.name}</b>
              {agent.state !== 'not_found' && (
                <small>
                  {[agent.version, WORDS[agent.state]].filter((part) => part !== null).join(' · ')}
                </small>
              )}
            </span>
            <span className={`words ${TONES[agent.state]}`}>{agent.note}</span>
            <span className="row">
              {onCheck !== undefined && (agent.state === 'connected' || agent.state === 'broken') && (
                <Button onClick={() => onCheck(agent.id)}>Check</Button>
              )}
              {canConnect && (
                <Button onClick={() => open('connect')}>
                  {agent.state === 'broken' ? 'Repair' : 'Connect'}
                </Button>
              )}
              {agent.state === 'connected' && <Button onClick={() => open('disconnect')}>Disconnect</Button>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
