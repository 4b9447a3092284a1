/**
 * The one family of errors that Gatehouse throws on purpose.
 *
 * A message reads `what failed: why; hint: what to do`; the `code` is what programs look at.
 * Anything else that is thrown is a defect and is treated as one (logged, refused).
 */
export class GatehouseError extends Error {
  readonly code: string;
  readonly hint: string | null;

  /**
   * @param code  stable snake_case identifier
   * @param what  what failed and why, in words a person can act on, without a full stop
   * @param options.hint   what to do about it
   * @param options.cause  the underlying error
   */
  constructor(code: string, what: string, options: { hint?: string; cause?: unknown } = {}) {
    super(options.hint === undefined ? what : `${what}; hint: ${options.hint}`, { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint ?? null;
  }
}

/** Marks a branch that the type checker proves unreachable; throws if it is reached all the same. */
export function assertNever(value: never, where: string): never {
  throw new GatehouseError('unreachable_state', `${where}: unexpected ${JSON.stringify(value)}`);
}

/** The text of anything that was thrown, for a log line or an error's cause. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
