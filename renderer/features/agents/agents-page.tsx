/** Every agent on this computer: connected or not, and proof that it is enforced. */
import { useState } from 'react';
import type { DoctorReport, Overview, Result } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useApp, useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { OutcomeGlyph } from '../../ui/glyphs.tsx';
import { AgentList } from './agent-list.tsx';

export function AgentsPage() {
  const overview = useOverview();
  const [report, setReport] = useState<Result<DoctorReport> | 'running' | null>(null);
  const [checked, setChecked] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const agents = overview?.agents ?? [];
  const check = async (agent: string) => {
    setChecked(agents.find((known) => known.id === agent)?.name ?? agent);
    setReport('running');
    setReport(await call('doctor', agent));
  };
  const scan = async () => {
    const found = await call('scanAgents');
    setProblem(found.ok ? null : found.error.message);
    if (found.ok) useApp.setState((state) => withAgents(state.overview, found.value));
  };
  return (
    <>
      <header className="head">
        <h1 className="grow">Agents</h1>
        <Button onClick={() => void scan()}>Look again</Button>
      </header>
      <div className="page">
        {problem !== null && (
          <p className="t-stop" role="alert">
            {problem}
          </p>
        )}
        <AgentList agents={agents} onCheck={(agent) => void check(agent)} />
        {report !== null && <Report report={report} name={checked} />}
      </div>
    </>
  );
}

/** What a scan found, until the supervisor's own word comes. */
function withAgents(overview: Overview | null, agents: Overview['agents']) {
  return { overview: overview === null ? null : { ...overview, agents } };
}

function Report({
  report,
  name,
}: {
  readonly report: Result<DoctorReport> | 'running';
  readonly name: string;
}) {
  if (report === 'running')
    return <p role="status">Checking {name}: the installed hook is run with a call that must be refused…</p>;
  if (!report.ok)
    return (
      <p className="t-stop" role="alert">
        {report.error.message}
      </p>
    );
  return (
    <>
      <h2>{report.value.ok ? `${name} is enforced` : `${name} is not enforced`}</h2>
      <ul className="rows">
        {report.value.checks.map((check) => (
          <li key={check.name}>
            <span className="g">
              <OutcomeGlyph outcome={check.ok ? 'allowed' : 'refused'} /> {check.name}
            </span>
            <span>
              {check.detail}
              {check.hint !== null && <small> {check.hint}</small>}
            </span>
            <span className={check.ok ? 't-ink2' : 't-stop'}>{check.ok ? 'good' : 'bad'}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
