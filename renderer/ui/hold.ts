/** Holding a button or a key for a while, for what cannot be undone. Letting go at any time before does nothing. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { isModalOpen, isTyping } from './keys.ts';

/** How long it must be held, in milliseconds. */
export const HOLD_MS = 600;
const STEP_MS = 100;

export interface Hold {
  /** Milliseconds that are left while it is held; null while it is not. */
  readonly left: number | null;
  begin(): void;
  end(): void;
}

/**
 * @param onHeld called once when it was held long enough
 * @param key a letter that holds as well, anywhere on the page; null for none
 */
export function useHold(onHeld: () => void, enabled: boolean, key: string | null): Hold {
  const [left, setLeft] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setInterval> | null>(null);
  const latest = useRef(onHeld);
  useLayoutEffect(() => {
    latest.current = onHeld;
  });
  const end = useCallback(() => {
    if (timer.current !== null) clearInterval(timer.current);
    timer.current = null;
    setLeft(null);
  }, []);
  const begin = useCallback(() => {
    if (!enabled || timer.current !== null) return;
    const since = performance.now();
    setLeft(HOLD_MS);
    timer.current = setInterval(() => {
      const remaining = HOLD_MS - (performance.now() - since);
      if (remaining > 0) {
        setLeft(remaining);
        return;
      }
      end();
      latest.current();
    }, STEP_MS);
  }, [enabled, end]);
  useEffect(() => end, [end]);
  useLayoutEffect(() => {
    if (!enabled) end();
  }, [enabled, end]);
  useLayoutEffect(() => {
    if (!enabled || key === null) return undefined;
    const down = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (isTyping(event.target) || isModalOpen() || event.key.toLowerCase() !== key) return;
      begin();
    };
    addEventListener('keydown', down);
    addEventListener('keyup', end);
    addEventListener('blur', end);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('keyup', end);
      removeEventListener('blur', end);
    };
  }, [enabled, key, begin, end]);
  return { left, begin, end };
}
