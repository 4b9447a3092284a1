/** A request's JSON body: bounded in size, in time and in depth, and read the one way it can be understood. */
import type { IncomingMessage } from 'node:http';
import type { JsonValue } from '../../platform/canonical-json.ts';
import { jsonValue, parseJson } from '../../platform/json-syntax.ts';
import { ApiError } from './api-error.ts';

/** True when the request brings bytes, or may. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/**
 * Reads the body; an empty one is `{}`.
 *
 * @throws ApiError `unsupported_media_type`, `too_large`, `timeout`, `bad_request`
 */
export async function readJsonBody(
  request: IncomingMessage,
  limits: { readonly maxBytes: number; readonly deadlineMs: number },
): Promise<JsonValue> {
  if (!hasBody(request)) return {};
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new ApiError(
      'unsupported_media_type',
      'the body was not read: Content-Type must be application/json',
    );
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new ApiError('unsupported_media_type', 'the body was not read: it must not be compressed');
  const bytes = await readBytes(request, limits);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ApiError('bad_request', 'the body is not UTF-8');
  }
  const document = parseJson(text);
  if (document.hasLoneSurrogate)
    throw new ApiError('bad_request', 'the body holds a text that is not well-formed Unicode');
  return jsonValue(document.root);
}

async function readBytes(
  request: IncomingMessage,
  limits: { readonly maxBytes: number; readonly deadlineMs: number },
): Promise<Buffer> {
  const { maxBytes, deadlineMs } = limits;
  const tooLarge = () => new ApiError('too_large', `the body is larger than ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(
    () => reject(new ApiError('timeout', `the body did not come within ${deadlineMs / 1000} s`)),
    deadlineMs,
  );
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) {
      request.pause();
      reject(tooLarge());
    } else chunks.push(chunk);
  });
  request.on('end', () => resolve(Buffer.concat(chunks)));
  request.on('error', () => reject(new ApiError('bad_request', 'the body was cut off')));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    request.removeAllListeners('data');
  }
}
