/** What does not fit on the page: runs inside the browser, so it stands alone and imports nothing. */

/**
 * Faults of the layout as it is now, a line for each: text that is cut without an ellipsis, that lies outside the
 * window or over other text, anything but source text that scrolls sideways, buttons that are too small to hit.
 */
export function layoutFaults(): string[] {
  const faults = new Set<string>();
  const slack = 1.5;
  const name = (element: Element) =>
    `${element.tagName.toLowerCase()}${[...element.classList].map((each) => `.${each}`).join('')}`;
  const say = (what: string, element: Element, text = '') =>
    faults.add(`${what}: ${name(element)}${text === '' ? '' : ` "${text.trim().slice(0, 40)}"`}`);

  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) say(`the page is ${root.scrollWidth} wide`, root);
  if (root.scrollHeight > innerHeight) say(`the page is ${root.scrollHeight} high`, root);

  const boxes = new Map<Element, { style: CSSStyleDeclaration; box: DOMRect }>();
  function boxOf(element: Element) {
    const known = boxes.get(element);
    if (known !== undefined) return known;
    const made = { style: getComputedStyle(element), box: element.getBoundingClientRect() };
    boxes.set(element, made);
    return made;
  }

  /** Where a box ends for the eye; null where it is scrolled out of sight and can be scrolled back. */
  function inspect(rect: DOMRect, element: Element, text: string): DOMRect | null {
    let [sideways, upright] = [true, true];
    for (let at: Element | null = element; at !== null && at !== root; at = at.parentElement) {
      const { style, box } = boxOf(at);
      const cutByX = rect.right > box.right + slack || rect.left < box.left - slack;
      const cutByY = rect.bottom > box.bottom + slack || rect.top < box.top - slack;
      const shortened = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
      if (sideways && /hidden|clip/.test(style.overflowX) && cutByX) {
        if (!shortened) say('cut at the side', at, text);
        return null;
      }
      if (upright && /hidden|clip/.test(style.overflowY) && cutByY) {
        if (!shortened) say('cut at the foot', at, text);
        return null;
      }
      if (/auto|scroll/.test(style.overflowX)) {
        if (at.scrollWidth > at.clientWidth + slack && at.tagName !== 'PRE') say('scrolls sideways', at);
        sideways = false;
      }
      if (/auto|scroll/.test(style.overflowY)) {
        if (cutByY) return null;
        upright = false;
      }
      if (style.position === 'fixed') break;
    }
    if (rect.right > innerWidth + slack || rect.left < -slack) say('beside the window', element, text);
    if (upright && (rect.bottom > innerHeight + slack || rect.top < -slack))
      say('below the window', element, text);
    return rect;
  }

  const shows = (element: Element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const layer = document.querySelector('[role="dialog"]') ?? document.body;
  const seen: { rect: DOMRect; element: Element; text: string }[] = [];
  const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent ?? '';
    if (element === null || text.trim() === '' || element.closest('.vh, script, style, option') !== null)
      continue;
    if (!shows(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      if (rect.width < 1 || rect.height < 1) continue;
      const left = inspect(rect, element, text);
      if (left !== null) seen.push({ rect: left, element, text });
    }
  }
  seen.sort((one, other) => one.rect.top - other.rect.top);
  for (const [index, one] of seen.entries()) {
    for (let next = index + 1; next < seen.length; next += 1) {
      const other = seen[next];
      if (other === undefined || other.rect.top > one.rect.bottom - 5) break;
      if (one.element === other.element) continue;
      const wide = Math.min(one.rect.right, other.rect.right) - Math.max(one.rect.left, other.rect.left);
      const high = Math.min(one.rect.bottom, other.rect.bottom) - other.rect.top;
      // A panel or a head above the rows hides them: only what can be seen through one another is a fault.
      if (wide > 3 && high > 5 && !hides(one.element, other.element))
        say(`over "${other.text.trim().slice(0, 40)}"`, one.element, one.text);
    }
  }
  function hides(one: Element, other: Element): boolean {
    const upper = (element: Element) => element.closest('.tl-panel, .tl-head, .tl-newer, .menu');
    return upper(one) !== upper(other);
  }
  for (const control of layer.querySelectorAll('button, select, input:not([type="radio"])')) {
    if (!shows(control)) continue;
    const { width, height } = control.getBoundingClientRect();
    if (Math.min(width, height) < 23.5)
      say(
        `${Math.round(width)}×${Math.round(height)} is too small to hit`,
        control,
        control.textContent ?? '',
      );
  }
  return [...faults];
}
