/** Gate 0: is the app active? Asked of every caller. */
import { type Answer, type Gate, PASSED, type Question, stopped } from './question.ts';

function ask({ facts }: Question): Answer {
  if (facts.appActive) return PASSED;
  return stopped(
    'not active',
    'This project is stopped in Gatehouse (the app is not active). Nothing runs until the person starts it again.',
  );
}

export const gate0Inactive: Gate = { code: 'gate0_inactive', number: 0, ask };
