/** Every agent on this computer: connected or not, and proof that it is enforced. */
import { useState } from 'react';
import type { DoctorReport, Result } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { useOverview } from '../../app/store.ts';
import { Button } from '../../ui/button.tsx';
import { OutcomeGlyph } from '../../ui/glyphs.tsx';
import { AgentList } from './agent-list.tsx';

export function AgentsPage() {
  const overview = useOverview();
  const [report, setReport] = useState<Result<DoctorReport> | 'running' | null>(null);
  const check = async (agent: string) => {
    setReport('running');
    setReport(await call('doctor', agent));
  };
  return (
    <>
      <header className="head">
        <h1 className="grow">Agents</h1>
        <Button onClick={() => void call('scanAgents')}>Look again</Button>
      </header>
      <div className="page">
        <AgentList agents={overview?.agents ?? []} onCheck={(agent) => void check(agent)} />
        {report !== null && <Report report={report} />}
      </div>
    </>
  );
}

function Report({ report }: { readonly report: Result<DoctorReport> | 'running' }) {
  if (report === 'running')
    return <p role="status">Checking: the installed hook is run with a call that must be refused…</p>;
  if (!report.ok) return <p className="t-stop">{report.error.message}</p>;
  return (
    <>
      <h2>{report.value.ok ? 'It is enforced' : 'It is not enforced'}</h2>
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
