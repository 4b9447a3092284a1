/**
 * Answering one request, whatever shows it: when an answer may be given, and sending it once.
 */
import { type RefObject, useRef, useState } from 'react';
import type { Answer, Approval } from '../../../preload/contract.ts';
import { useApp } from '../../app/store.ts';
import { useDeadTime } from './dead-time.ts';
import { sendAnswer } from './send-answer.ts';

export interface Answering {
  /** This page cannot answer at all. */
  readonly off: boolean;
  /** Why, in a sentence; null when it can. */
  readonly offReason: string | null;
  /** No press counts just now: the request only came up, or an answer is on its way. */
  readonly still: boolean;
  /** What came of the last answer that was not taken. */
  readonly problem: string | null;
  send(verdict: Answer['verdict']): void;
}

/** @param buttons the element that holds the buttons: they are dead after they moved */
export function useAnswer(approval: Approval, buttons: RefObject<HTMLElement | null>): Answering {
  const connected = useApp((state) => state.connection === 'open');
  const locked = useApp((state) => state.overview?.presence.mayDecide === false);
  const dead = useDeadTime(buttons);
  const [busy, setBusy] = useState(false);
  const sent = useRef(false);
  const [problem, setProblem] = useState<string | null>(null);
  const off = locked || !connected;
  const still = dead || busy;
  const send = async (verdict: Answer['verdict']) => {
    // The ref is set at once: two presses in one frame must not answer twice.
    if (off || still || sent.current) return;
    sent.current = true;
    setBusy(true);
    const result = await sendAnswer(approval, verdict);
    // After a yes or no that was taken the request goes away by itself; until then nothing more is sent.
    if (result.ok) return;
    sent.current = false;
    setBusy(false);
    setProblem(result.error.message);
  };
  return {
    off,
    offReason: off ? (connected ? 'This page may look, not decide.' : 'Gatehouse does not answer.') : null,
    still,
    problem,
    send: (verdict) => void send(verdict),
  };
}
