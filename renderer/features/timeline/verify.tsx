/** "Verify the log": asks for a full check and says the report in words. The banner stays until it is put away. */
import { useState } from 'react';
import type { Result, VerifyReport } from '../../../preload/contract.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { count } from '../../ui/format.ts';

export type VerifyState =
  | { readonly step: 'idle' }
  | { readonly step: 'running' }
  | {
      readonly step: 'told';
      readonly tone: 'plain' | 'stop';
      readonly text: string;
      readonly seq: number | null;
    };

export function useVerify(verifyLog: () => Promise<Result<VerifyReport>>) {
  const [state, setState] = useState<VerifyState>({ step: 'idle' });
  async function run(): Promise<void> {
    setState({ step: 'running' });
    setState(told(await verifyLog()));
  }
  return { state, run, putAway: () => setState({ step: 'idle' }) };
}

/** The report as a sentence. */
export function told(answer: Result<VerifyReport>): VerifyState {
  if (!answer.ok)
    return {
      step: 'told',
      tone: 'stop',
      text: `The log was not verified: ${answer.error.message}`,
      seq: null,
    };
  const { ok, rows, problem } = answer.value;
  if (ok && problem === null) {
    const text =
      rows === 0
        ? 'The log is empty: there is nothing to verify yet.'
        : `The log is intact: ${rows === 1 ? 'its one row was' : `all ${count(rows)} rows were`} read and every link of the chain fits.`;
    return { step: 'told', tone: 'plain', text, seq: null };
  }
  if (problem === null)
    return {
      step: 'told',
      tone: 'stop',
      text: 'The log is not intact; the first bad row is not known.',
      seq: null,
    };
  return {
    step: 'told',
    tone: 'stop',
    text: `The log is broken at row ${count(problem.seq)}: ${problem.text} What stands from there on is not proved.`,
    seq: problem.seq,
  };
}

export function VerifyBanner({
  state,
  onShow,
  onPutAway,
}: {
  readonly state: VerifyState;
  readonly onShow: (seq: number) => void;
  readonly onPutAway: () => void;
}) {
  if (state.step !== 'told') return null;
  const { seq } = state;
  return (
    <Banner tone={state.tone}>
      <p className="grow">{state.text}</p>
      {seq !== null && (
        <Button size="small" onClick={() => onShow(seq)}>
          Show row {count(seq)}
        </Button>
      )}
      <Button size="small" variant="quiet" onClick={onPutAway}>
        Put away
      </Button>
    </Banner>
  );
}
