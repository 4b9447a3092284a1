/**
 * Single keys that act on the page: off while a text field has the focus or a dialog or menu lies above the page,
 * and where the person switched letters off.
 */
import { useLayoutEffect, useRef } from 'react';

/** Handlers by `event.key`, letters in lower case. */
export type KeyHandlers = Readonly<Record<string, ((event: KeyboardEvent) => void) | undefined>>;

export function useKeys(handlers: KeyHandlers, enabled = true): void {
  const latest = useRef(handlers);
  // Before the next paint: a key must never do what the page does not show any more.
  useLayoutEffect(() => {
    latest.current = handlers;
  });
  useLayoutEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
      if (isTyping(event.target) || isModalOpen()) return;
      const handler = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (handler === undefined) return;
      event.preventDefault();
      handler(event);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [enabled]);
}

/** Whether what is typed there is text. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches('input:not([type="radio"]), textarea, select, [contenteditable]')
  );
}

/** Whether something lies above the page: keys are for it then. */
export function isModalOpen(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"]') !== null;
}
