/** The tutorials that there are. */
import { GatehouseError } from '../../platform/errors.ts';
import type { Tutorial } from './tutorial.ts';
import { TUTORIAL_1 } from './tutorial-1.ts';
import { TUTORIAL_2 } from './tutorial-2.ts';
import { TUTORIAL_3 } from './tutorial-3.ts';
import { TUTORIAL_4 } from './tutorial-4.ts';
import { TUTORIAL_5 } from './tutorial-5.ts';
import { TUTORIAL_6 } from './tutorial-6.ts';
import { TUTORIAL_7 } from './tutorial-7.ts';

export const TUTORIALS: readonly Tutorial[] = [
  TUTORIAL_1,
  TUTORIAL_2,
  TUTORIAL_3,
  TUTORIAL_4,
  TUTORIAL_5,
  TUTORIAL_6,
  TUTORIAL_7,
];

/**
 * The tutorial of a number as it was typed.
 *
 * @param text null when none was
 * @throws GatehouseError `usage`, naming those that there are
 */
export function tutorialOf(text: string | null): Tutorial {
  const found = TUTORIALS.find(({ number }) => String(number) === text);
  if (found !== undefined) return found;
  const hint = `there is: ${TUTORIALS.map(({ number, title }) => `${number} (${title})`).join(', ')}`;
  throw new GatehouseError(
    'usage',
    text === null
      ? 'tutorial: which one?'
      : `tutorial: there is no tutorial ${JSON.stringify(text.slice(0, 40))}`,
    { hint },
  );
}
