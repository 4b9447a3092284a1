/** Folders for temporary files that a program is told to fill: what is run out of them later is its own work. */
import { locusOf } from '../place.ts';
import type { Call } from '../shell/call.ts';
import { hasMarks, shown, TAINT } from '../shell/text.ts';

/** Notes what stands among the words of a program that builds, installs or unpacks. */
export function notesMade(call: Call): void {
  for (const { text } of call.args) {
    const path = text.replace(/^--?[\w-]+=/, '');
    if (!path.startsWith('/') || hasMarks(path)) continue;
    const full = call.deed.path(path);
    if (locusOf(full, call.place) !== 'temp' || call.files.get(full) !== undefined) continue;
    call.files.putFolder(full, TAINT.none);
    call.files.put(full, { text: null, taint: TAINT.none }, false);
    call.deed.effect({ kind: 'write', path: `${shown(full)}/…`, at: 'temp' });
  }
}
