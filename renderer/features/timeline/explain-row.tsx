/** Why a call on the timeline is decided as it is, by what is in force now, and what would change it. */
import { useState } from 'react';
import type { PolicyExplanation } from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import { Button } from '../../ui/button.tsx';
import { ExplanationView } from '../policy/explanation.tsx';
import '../policy/policy.css';

export function ExplainRow({ seq }: { readonly seq: number }) {
  const [found, setFound] = useState<PolicyExplanation | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const ask = async () => {
    const result = await call('explainRow', seq);
    setFound(result.ok ? result.value : null);
    setProblem(result.ok ? null : result.error.message);
  };
  return (
    <section aria-label="Explain">
      {found === null && (
        <Button size="small" onClick={() => void ask()}>
          Explain
        </Button>
      )}
      {problem !== null && <p className="t-stop">{problem}</p>}
      {found !== null && <ExplanationView found={found} />}
    </section>
  );
}
