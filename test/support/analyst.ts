/** The real analysis with the grammar that ships, for tests and runners. */
import { fileURLToPath } from 'node:url';
import { Analyst } from '../../main/analysis/analyst.ts';
import type { Place } from '../../main/analysis/place.ts';

export const GRAMMAR = fileURLToPath(new URL('../../resources/grammar/bash.wasm', import.meta.url));

export function openAnalyst(): Promise<Analyst> {
  return Analyst.open(GRAMMAR);
}

/** A project folder that is not the home folder. */
export const PLACE: Place = {
  cwd: '/home/alex/work/shop',
  workspace: '/home/alex/work/shop',
  home: '/home/alex',
};
