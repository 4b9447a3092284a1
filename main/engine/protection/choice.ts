/**
 * Text of which there are several: the value of a `for` variable, the default of a name that may be set. A mark
 * stands for it in a word until its command has ended.
 */
import { GatehouseError } from '../../platform/errors.ts';
import { UNKNOWN } from './ansi-quote.ts';

const MARK = /\ue001(\d+)\ue002/g;
const MOST_TEXTS = 4096;

export class Choices {
  readonly #lists: (readonly string[])[] = [];

  /** Text of a command without marks of its own making. */
  static clean(text: string): string {
    return /[\ue001\ue002]/.test(text) ? text.replace(/[\ue001\ue002]/g, UNKNOWN) : text;
  }

  /** What stands for any one of the values. */
  mark(values: readonly string[]): string {
    const [first] = values;
    if (first === undefined) return UNKNOWN;
    if (values.length === 1) return first;
    this.#lists.push(values);
    return `\ue001${this.#lists.length - 1}\ue002`;
  }

  /**
   * Each way to fill in the marks of these texts, as a function on them. The same list has the same value
   * everywhere; defaults of names are all taken or all unknown.
   *
   * @throws GatehouseError `too_complex` for more than 4096
   */
  ways(texts: readonly string[]): readonly ((text: string) => string)[] {
    if (!texts.some((text) => text.includes('\ue001'))) return [(text) => text];
    const ids = new Set(texts.flatMap((text) => [...text.matchAll(MARK)].map(([, id]) => Number(id))));
    let ways: ReadonlyMap<number, string>[] = [new Map()];
    const defaults: number[] = [];
    const seen = new Map<readonly string[], number[]>();
    for (const id of ids) {
      const list = this.#lists[id] ?? [];
      if (list[1] === UNKNOWN && list.length === 2) defaults.push(id);
      else seen.set(list, [...(seen.get(list) ?? []), id]);
    }
    const groups = [...seen].map(([list, of]) => list.map((value) => of.map((id) => [id, value] as const)));
    if (defaults.length > 0)
      groups.push([0, 1].map((at) => defaults.map((id) => [id, this.#lists[id]?.[at] ?? UNKNOWN] as const)));
    for (const group of groups) {
      if (ways.length * group.length > MOST_TEXTS)
        throw new GatehouseError(
          'too_complex',
          'the variables of the command have too many values to be read',
        );
      ways = ways.flatMap((way) => group.map((values) => new Map([...way, ...values])));
    }
    return ways.map((way) => (text) => this.#filled(text, way));
  }

  /** The texts that a text with marks stands for. */
  texts(text: string): readonly string[] {
    return this.ways([text]).map((way) => way(text));
  }

  #filled(text: string, way: ReadonlyMap<number, string>): string {
    return text.replace(MARK, (_all, id) => way.get(Number(id)) ?? UNKNOWN);
  }
}
