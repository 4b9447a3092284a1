/** What a new PIN must be, said before it is sent. The supervisor checks it again. */

export const MIN_PIN = 6;
export const MAX_PIN = 128;

export interface PinProblems {
  readonly pin: string | null;
  readonly again: string | null;
}

/** What is wrong with the two fields; null where nothing is. */
export function pinProblems(pin: string, again: string): PinProblems {
  return { pin: problemOf(pin), again: pin === again ? null : 'The two are not the same.' };
}

function problemOf(pin: string): string | null {
  const length = [...pin].length;
  if (length < MIN_PIN) return `At least ${MIN_PIN} characters; this has ${length}.`;
  if (pin.length > MAX_PIN) return `At most ${MAX_PIN} characters; this has ${length}.`;
  return new Set(pin).size < 3 ? 'It repeats one or two characters. Use at least three.' : null;
}
