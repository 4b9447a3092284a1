/** One call, explained: under what is in force, or under the draft. Nothing runs and nothing is counted. */
import { useState } from 'react';
import type { PolicyExplanation } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { ExplanationView } from './explanation.tsx';
import { usePolicy } from './policy-store.ts';

interface Answer {
  readonly question: string;
  readonly found: PolicyExplanation | null;
  readonly problem: string | null;
}

export function ExplainPanel() {
  const { files, draft, check, open } = usePolicy();
  const [tool, setTool] = useState('shell.bash');
  const [value, setValue] = useState('');
  const [answer, setAnswer] = useState<Answer | null>(null);
  const project = files?.layers.find(({ id, layer }) => id === open && layer === 'project') ?? null;
  const byDraft = draft !== null && check.errors.length === 0;
  const wish = {
    tool,
    value,
    client: 'claude-code',
    app: project?.id ?? null,
    draft: byDraft ? draft.text : null,
  };
  // What is shown answers what stands above it: another tool, project or draft is another question.
  const question = JSON.stringify(wish);
  const shown = answer?.question === question ? answer : null;
  const ask = async () => {
    const result = await call('explainCall', wish);
    setAnswer(
      result.ok
        ? { question, found: result.value, problem: null }
        : { question, found: null, problem: result.error.message },
    );
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
        {shown !== null && shown.problem !== null && <p className="t-stop">{shown.problem}</p>}
        {shown !== null && shown.found !== null && <ExplanationView found={shown.found} />}
      </div>
    </section>
  );
}
