/** One call, explained: under what is in force, or under the draft. Nothing runs and nothing is counted. */
import { useState } from 'react';
import type { PolicyExplanation } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { ExplanationView } from './explanation.tsx';
import { usePolicy } from './policy-store.ts';

export function ExplainPanel() {
  const { files, draft, check, open } = usePolicy();
  const [tool, setTool] = useState('shell.bash');
  const [value, setValue] = useState('');
  const [found, setFound] = useState<PolicyExplanation | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const project = files?.layers.find(({ id, layer }) => id === open && layer === 'project') ?? null;
  const byDraft = draft !== null && check.errors.length === 0;
  const ask = async () => {
    const result = await call('explainCall', {
      tool,
      value,
      client: 'claude-code',
      app: project?.id ?? null,
      draft: byDraft ? draft.text : null,
    });
    setFound(result.ok ? result.value : null);
    setProblem(result.ok ? null : result.error.message);
  };
  return (
    <section aria-label="Explain one call">
      <h2>Explain one call</h2>
      <form
        className="explain-form"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <label className="field">
          Tool
          <select value={tool} onChange={(event) => setTool(event.currentTarget.value)}>
            {(files?.tools ?? []).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className="field">
          Command, path or address
          <input
            value={value}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setValue(event.currentTarget.value)}
          />
        </label>
        <div className="row">
          <button type="submit" className="btn">
            Explain
          </button>
          <span className="t-ink2 small">
            by Claude Code{project === null ? '' : ` in ${project.app}`}, under{' '}
            {byDraft ? 'the draft' : 'what is in force'}
          </span>
        </div>
      </form>
      <div aria-live="polite">
        {problem !== null && <p className="t-stop">{problem}</p>}
        {found !== null && <ExplanationView found={found} />}
      </div>
    </section>
  );
}
