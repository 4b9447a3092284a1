/** A refusal of the API: an HTTP status, and words with a code that a program can look at. */
import { GatehouseError } from '../../platform/errors.ts';

/** What every refusal's `error.code` is one of. */
export const ERROR_CODES = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'permission_denied',
  'not_found',
  'method_not_allowed',
  'timeout',
  'conflict',
  'already_decided',
  'changed',
  'not_released',
  'already_completed',
  'too_large',
  'unsupported_media_type',
  'misdirected',
  'too_many_requests',
  'internal',
  'unavailable',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  permission_denied: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  already_decided: 409,
  changed: 409,
  not_released: 409,
  already_completed: 409,
  too_large: 413,
  unsupported_media_type: 415,
  misdirected: 421,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
};

export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryAfterSeconds: number | null;

  /** @param message what failed and why, in words a program's author or an agent can act on */
  constructor(code: ErrorCode, message: string, options: { retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = STATUS[code];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** Codes of our own errors as the API names them; any other is `unavailable`. */
const CODES: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>(
  Object.entries({
    not_found: 'not_found',
    already_decided: 'already_decided',
    changed: 'changed',
    rate_limited: 'too_many_requests',
    bad_json: 'bad_request',
    not_canonical: 'bad_request',
  }),
);

/** Anything thrown as a refusal; null for a defect of ours. */
export function apiErrorOf(thrown: unknown): ApiError | null {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof GatehouseError)
    return new ApiError(CODES.get(thrown.code) ?? 'unavailable', thrown.message);
  return null;
}
