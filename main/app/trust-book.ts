/** Which repositories' policy files the person trusts: by the file's place and its exact hash. */
import { z } from 'zod';
import { GatehouseError } from '../platform/errors.ts';

const Row = z.object({ file: z.string(), hash: z.string().regex(/^[0-9a-f]{64}$/), at: z.number() });
const Rows = z.array(Row);
export type TrustedFile = z.infer<typeof Row>;

const MOST = 1000;

export class TrustBook {
  readonly #setting: { read(): string | null; write(value: string): void };
  #rows: readonly TrustedFile[];

  constructor(setting: { read(): string | null; write(value: string): void }) {
    this.#setting = setting;
    this.#rows = readRows(setting.read());
  }

  /** Changes whenever something in the book does. */
  get version(): unknown {
    return this.#rows;
  }

  has(file: string, hash: string): boolean {
    return this.#rows.some((row) => row.file === file && row.hash === hash);
  }

  all(): readonly TrustedFile[] {
    return this.#rows;
  }

  /**
   * One version of a file is trusted at a time: what was trusted before in its place no longer is.
   *
   * @throws GatehouseError `too_many`
   */
  trust(file: string, hash: string, at: number): void {
    const others = this.#rows.filter((row) => row.file !== file);
    if (others.length >= MOST) throw new GatehouseError('too_many', `${MOST} files are trusted already`);
    this.#put([...others, { file, hash, at }]);
  }

  /** Answers whether it was there. */
  revoke(file: string): boolean {
    const left = this.#rows.filter((row) => row.file !== file);
    if (left.length === this.#rows.length) return false;
    this.#put(left);
    return true;
  }

  #put(rows: readonly TrustedFile[]): void {
    this.#setting.write(JSON.stringify(rows));
    this.#rows = rows;
  }
}

/** What cannot be read trusts nothing. */
function readRows(text: string | null): readonly TrustedFile[] {
  if (text === null) return [];
  try {
    const parsed = Rows.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}
