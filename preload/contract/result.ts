import { z } from 'zod';

/**
 * Why a call over the contract failed. A closed union: the page has words for each of them.
 *
 * `bad_argument`     an argument does not fit its schema
 * `locked`           this page may look but not decide (see Presence)
 * `not_found`        there is no such thing, or not any more
 * `already_decided`  somebody, or time, was faster
 * `changed`          what is asked for is not what was shown: fingerprint, nonce or plan differ
 * `too_soon`         the request was shown less than 400 ms ago
 * `wrong_pin`        the PIN is not right
 * `rate_limited`     too many tries; wait
 * `refused`          understood, and not allowed
 * `unavailable`      a part that is needed is not there (log not writable, no such agent)
 * `internal`         a defect of ours; it is in the log
 */
export const ErrorCode = z.enum([
  'bad_argument',
  'locked',
  'not_found',
  'already_decided',
  'changed',
  'too_soon',
  'wrong_pin',
  'rate_limited',
  'refused',
  'unavailable',
  'internal',
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

export interface ContractError {
  readonly code: ErrorCode;
  /** `what failed: why; hint: what to do` */
  readonly message: string;
}

/** The answer to every call over the contract. Nothing is thrown across it. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ContractError };
