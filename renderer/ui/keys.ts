/** Single keys that act on the page: off while a text field has the focus, and where the person switched letters off. */
import { useEffect, useRef } from 'react';

/** Handlers by `event.key`, letters in lower case. */
export type KeyHandlers = Readonly<Record<string, ((event: KeyboardEvent) => void) | undefined>>;

export function useKeys(handlers: KeyHandlers, enabled = true): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
      if (inText(event.target)) return;
      const handler = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (handler === undefined) return;
      event.preventDefault();
      handler(event);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [enabled]);
}

function inText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input:not([type="radio"]), textarea, [contenteditable]')
  );
}
