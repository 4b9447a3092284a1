/**
 * The patterns that begin with the same units, for a place in a text that begins so too.
 *
 * A few are compared one after the other. More make a tree over their units: keys of one service share a long
 * beginning, and whoever knows it could write a text in which every place is compared with all of them. In the
 * tree one walk answers for all, however many there are.
 */

/** So many are compared one after the other before a tree is made of them. */
const FEW = 4;

/** Patterns that have the units so far in common; never more than FEW, unless they are the same one. */
type Branch = readonly string[] | Fork;

interface Fork {
  /** A pattern ends here. */
  ends: boolean;
  readonly next: Map<number, Branch>;
}

/** Reads the units of a text from a place on; -1 at its end. It can be set back to where it was. */
export interface UnitReader {
  at: number;
  next(): number;
}

/** Reads a text as it stands. */
export class PlainReader implements UnitReader {
  #text = '';
  at = 0;

  begin(text: string, at: number): void {
    this.#text = text;
    this.at = at;
  }

  next(): number {
    if (this.at >= this.#text.length) return -1;
    const unit = this.#text.charCodeAt(this.at);
    this.at += 1;
    return unit;
  }
}

export class PatternTree {
  #root: Branch = [];

  add(pattern: string): void {
    this.#root = grown(this.#root, pattern, 0);
  }

  /** Where the longest pattern that stands at the reader's place ends; -1: none does. The reader is moved. */
  endOf(reader: UnitReader): number {
    let branch = this.#root;
    let end = -1;
    let depth = 0;
    while (!isFew(branch)) {
      if (branch.ends) end = reader.at;
      const next = branch.next.get(reader.next());
      if (next === undefined) return end;
      branch = next;
      depth += 1;
    }
    const from = reader.at;
    for (const pattern of branch) {
      reader.at = from;
      if (continues(reader, pattern, depth)) end = Math.max(end, reader.at);
    }
    return end;
  }
}

function isFew(branch: Branch): branch is readonly string[] {
  return Array.isArray(branch);
}

function continues(reader: UnitReader, pattern: string, from: number): boolean {
  for (let at = from; at < pattern.length; at += 1)
    if (reader.next() !== pattern.charCodeAt(at)) return false;
  return true;
}

/** A branch with one pattern more, which has its first `depth` units in common with it. */
function grown(branch: Branch, pattern: string, depth: number): Branch {
  if (!isFew(branch)) {
    grow(branch, pattern, depth);
    return branch;
  }
  if (branch.length < FEW || branch.includes(pattern))
    return branch.includes(pattern) ? branch : [...branch, pattern];
  const fork: Fork = { ends: false, next: new Map() };
  for (const one of [...branch, pattern]) grow(fork, one, depth);
  return fork;
}

function grow(fork: Fork, pattern: string, depth: number): void {
  if (depth === pattern.length) fork.ends = true;
  else {
    const unit = pattern.charCodeAt(depth);
    fork.next.set(unit, grown(fork.next.get(unit) ?? [], pattern, depth + 1));
  }
}
