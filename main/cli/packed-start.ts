/**
 * What the desktop app's own program was started for: its window, a command in a terminal, or a part of itself.
 *
 * Everything on its command line reaches Chromium as well, which would open a debugger to whoever asks for one. So
 * the window starts for words that are known in full; anything else is read as a command, and refused as such.
 */
import { DEEP_LINK_SCHEME } from '../app/deep-link.ts';
import { ENTRIES, type EntryName, NO_WINDOW } from '../platform/own-program.ts';

/** Starts without showing the window: at login. */
export const HIDDEN = '--hidden';

export type PackedStart =
  | { readonly kind: 'window'; readonly hidden: boolean; readonly link: string | null }
  | { readonly kind: 'entry'; readonly name: EntryName }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** How it is shown on this display, and nothing else. */
const DISPLAY_SWITCH =
  /^--(?:ozone-platform(?:-hint)?=(?:auto|x11|wayland)|enable-features=Wayland\w+|enable-wayland-ime|gtk-version=[34]|disable-gpu|force-device-scale-factor=\d(?:\.\d+)?)$/;

/** @param argv what follows the program's own name, in a checkout what follows the folder */
export function packedStart(argv: readonly string[]): PackedStart {
  const noWindow = argv[0] === NO_WINDOW;
  const words = (noWindow ? argv.slice(1) : argv).filter((word) => !DISPLAY_SWITCH.test(word));
  const entry = ENTRIES.find((name) => words.length === 1 && words[0] === name);
  if (noWindow && entry !== undefined) return { kind: 'entry', name: entry };
  if (noWindow) return { kind: 'words', words: words.length === 0 ? ['start'] : words };
  const [first, ...rest] = words;
  if (first === undefined) return { kind: 'window', hidden: false, link: null };
  if (rest.length === 0 && first === HIDDEN) return { kind: 'window', hidden: true, link: null };
  if (rest.length === 0 && first.startsWith(`${DEEP_LINK_SCHEME}:`))
    return { kind: 'window', hidden: false, link: first };
  if (first === 'start' && rest.every((word) => word === '--no-open'))
    return { kind: 'window', hidden: rest.length > 0, link: null };
  return { kind: 'words', words };
}
