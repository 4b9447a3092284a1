/**
 * When an answer may be given: not while what is under the hand may be something else than what was read.
 *
 * Keys and buttons are dead for a moment after the request came up, after the page got the focus (the click that
 * brings a window to the front is not meant for a button in it), and after the buttons moved.
 */
import { type RefObject, useEffect, useState } from 'react';

/** Milliseconds. A little more than the 400 that the supervisor insists on: its answer takes a moment to arrive. */
const DEAD_MS = 450;

/**
 * Whether answers are dead now.
 *
 * @param actions the element that holds the buttons
 */
export function useDeadTime(actions: RefObject<HTMLElement | null>): boolean {
  const [dead, setDead] = useState(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      clearTimeout(timer);
      setDead(true);
      timer = setTimeout(() => setDead(false), DEAD_MS);
    };
    const shown = () => {
      if (document.visibilityState === 'visible') begin();
    };
    begin();
    addEventListener('focus', begin);
    document.addEventListener('visibilitychange', shown);
    const ends = actions.current === null ? () => undefined : onMove(actions.current, begin);
    return () => {
      clearTimeout(timer);
      removeEventListener('focus', begin);
      document.removeEventListener('visibilitychange', shown);
      ends();
    };
  }, [actions]);
  return dead;
}

/** Calls when the element or a button in it is not where it was. Answers what ends it. */
function onMove(element: HTMLElement, moved: () => void): () => void {
  const places = () =>
    [element, ...element.querySelectorAll('button')]
      .map((part) => part.getBoundingClientRect())
      .map(({ x, y, width, height }) => [x, y, width, height].map(Math.round).join())
      .join(' ');
  let known = places();
  const look = () => {
    const now = places();
    if (now === known) return;
    known = now;
    moved();
  };
  // Buttons come, go and change their words; everything around them changes their place through a size.
  const sizes = new ResizeObserver(look);
  const watch = () => {
    sizes.disconnect();
    for (const part of [document.documentElement, element, ...element.querySelectorAll('button')])
      sizes.observe(part);
  };
  watch();
  const children = new MutationObserver(() => {
    watch();
    look();
  });
  children.observe(element, { childList: true, subtree: true, characterData: true });
  return () => {
    sizes.disconnect();
    children.disconnect();
  };
}
