/** The file of checkpoints as a whole: whether its records follow one another, and what they say. */

import type { Anchor, SignedPlace } from './anchor.ts';
import {
  type CheckpointRecord,
  isSignedByItsKey,
  noRecordHash,
  readRecord,
  recordHash,
} from './checkpoint.ts';
import type { ChainProblem } from './problem.ts';

export interface Checkpoint {
  readonly name: string;
  readonly seq: number;
  readonly head: string;
}

export interface CheckpointChain {
  /** In order; those before a problem. */
  readonly checkpoints: readonly Checkpoint[];
  /** The newest good record; null for an empty file. */
  readonly place: SignedPlace | null;
  /** The key that signs next. */
  readonly key: string | null;
  /** When the newest `begin` or `key` was signed, microseconds since 1970. */
  readonly dayBegan: number;
  /** The lines of `begin` and `key` records. */
  readonly spine: readonly string[];
  readonly problem: ChainProblem | null;
}

/**
 * Reads the file's text. A last line without its end was cut off by a crash and does not count.
 *
 * @param log the log it must be of
 * @param anchors what is known of it elsewhere
 */
export function readCheckpoints(text: string, log: string, anchors: readonly Anchor[]): CheckpointChain {
  const known = anchors.flatMap((anchor) =>
    anchor.log === log && anchor.signed !== null ? [anchor.signed] : [],
  );
  const reading = new Reading(log, known);
  for (const line of text.split('\n').slice(0, -1)) {
    const problem = reading.take(line);
    if (problem !== null) return reading.end(problem);
  }
  return reading.end(reading.cut());
}

class Reading {
  readonly #log: string;
  readonly #known: readonly SignedPlace[];
  readonly #checkpoints: Checkpoint[] = [];
  readonly #spine: string[] = [];
  #place: SignedPlace | null = null;
  #key: string | null = null;
  #dayBegan = 0;
  #seq = 0;

  constructor(log: string, known: readonly SignedPlace[]) {
    this.#log = log;
    this.#known = known;
  }

  take(line: string): ChainProblem | null {
    const record = readRecord(line);
    if (record === null) return this.#bad('checkpoint_edited', 'a record cannot be read');
    const problem = this.#misfit(record);
    if (problem !== null) return problem;
    const hash = recordHash(line);
    if (record.kind !== 'checkpoint') {
      this.#spine.push(line);
      this.#dayBegan = record.at;
    }
    const spine = record.kind === 'checkpoint' ? (this.#place?.spine ?? '') : hash;
    const { day, i } = record;
    this.#place = { root: this.#place?.root ?? record.key, day, i, record: hash, spine };
    this.#key = record.kind === 'key' ? record.next : record.key;
    if (record.kind !== 'begin') {
      this.#checkpoints.push({ name: nameOf(record), seq: record.seq, head: record.head });
      this.#seq = record.seq;
    }
    return this.#isAnother();
  }

  /** At the end: whether it reaches what is known of it. */
  cut(): ChainProblem | null {
    const { day, i } = this.#place ?? { day: -1, i: 0 };
    const gone = this.#known.find((known) => day < known.day || (day === known.day && i < known.i));
    if (gone === undefined) return null;
    return this.#bad('checkpoints_cut', `record ${gone.day}.${gone.i} was written and is not there any more`);
  }

  end(problem: ChainProblem | null): CheckpointChain {
    return {
      checkpoints: this.#checkpoints,
      place: this.#place,
      key: this.#key,
      dayBegan: this.#dayBegan,
      spine: this.#spine,
      problem,
    };
  }

  #misfit(record: CheckpointRecord): ChainProblem | null {
    const name = nameOf(record);
    const place = this.#place;
    if (record.log !== this.#log) return this.#bad('foreign_key', `${name} is of another log`);
    if (!isSignedByItsKey(record))
      return this.#bad('checkpoint_edited', `${name} does not match its signature`);
    // A key that nobody handed over to; a whole file of somebody else's looks like this too.
    const isForeign =
      place === null ? this.#known.some(({ root }) => record.key !== root) : record.key !== this.#key;
    if (isForeign)
      return this.#bad(
        'foreign_key',
        `${name} is signed with the key ${record.key.slice(0, 12)}…, which is not ours`,
      );
    const begins = record.kind !== 'checkpoint';
    const day = place === null ? 0 : begins ? place.day + 1 : place.day;
    const i = begins ? 0 : (place?.i ?? -1) + 1;
    if ((record.kind === 'begin') !== (place === null))
      return this.#bad('checkpoint_edited', `${name} is out of place`);
    if (record.day > day || (record.day === day && record.i > i))
      return this.#bad('checkpoints_cut', `records before ${name} are not there`);
    const prev = place === null ? noRecordHash(this.#log) : begins ? place.spine : place.record;
    if (record.day !== day || record.i !== i || record.prev !== prev)
      return this.#bad(
        'forked',
        `${name} does not follow the record before it: two copies of the log were continued and merged`,
      );
    if (record.kind !== 'begin' && record.seq < this.#seq)
      return this.#bad('forked', `${name} is of row ${record.seq}, before row ${this.#seq}`);
    return null;
  }

  /** Signed by us, and not the record that is known to stand here. */
  #isAnother(): ChainProblem | null {
    const place = this.#place;
    if (place === null) return null;
    const isOther = this.#known.some(
      (known) =>
        place.day === known.day &&
        (place.spine !== known.spine || (place.i === known.i && place.record !== known.record)),
    );
    if (!isOther) return null;
    return this.#bad(
      'forked',
      `record ${place.day}.${place.i} is signed with our key and is not the one that was noted: two copies of the log were continued`,
    );
  }

  #bad(kind: ChainProblem['kind'], what: string): ChainProblem {
    return { seq: this.#seq, kind, text: `in the file of checkpoints, ${what}` };
  }
}

function nameOf({ day, i }: CheckpointRecord): string {
  return `record ${day}.${i}`;
}
