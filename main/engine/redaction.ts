/**
 * Parameters in the form in which the log may keep them: secrets out, long texts cut.
 *
 * Redaction goes by the name a value stands under, and inside texts by the forms in which secrets are usually
 * given: a header, `NAME=value`, a password in a URL. It is a net, not a proof; the vault's own values are taken
 * out by the vault. Nothing here changes its input.
 */
import { createHash } from 'node:crypto';
import { withoutSecrets } from '../analysis/content/redact-content.ts';
import type { JsonObject, JsonValue } from '../platform/canonical-json.ts';

export const REDACTED = '[REDACTED]';

/** A name that holds one of these anywhere is redacted. */
const SENSITIVE =
  /password|passwd|passphrase|secret|api_key|apikey|api-key|token|auth|credential|private_key|privatekey|bearer|ssh|session_id|jwt|cookie/i;
/** Too short to be looked for inside other words. */
const SENSITIVE_PART = /^(?:pwd|pin|otp|cvv|cvc)$/i;
const DEEPEST = 200;

/** A copy with the values of sensitive names replaced by `[REDACTED]`, and secrets in texts too. */
export function redact(params: JsonObject): JsonObject {
  return redactObject(params, 0);
}

function redactObject(object: JsonObject, depth: number): JsonObject {
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(object)) {
    const value = object[key] ?? null;
    put(copy, key, isSecret(key, value) ? REDACTED : redactValue(value, depth + 1));
  }
  return copy;
}

function redactValue(value: JsonValue, depth: number): JsonValue {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return REDACTED;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item) => redactValue(item, depth + 1));
  return redactObject(value as JsonObject, depth);
}

/** Sets an own property, also one named `__proto__`. */
function put(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

function isSensitive(name: string): boolean {
  if (SENSITIVE.test(name)) return true;
  return (
    name.length <= 256 &&
    name.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).some((part) => SENSITIVE_PART.test(part))
  );
}

/** The folder that a shell is in, as `env` and `set` print it; any other value of that name may be a password. */
const FOLDER = /^["']?(?:~?\/|[A-Za-z]:[\\/])/;

function isSecret(name: string, value: JsonValue): boolean {
  return isSensitive(name) && !(name === 'PWD' && typeof value === 'string' && FOLDER.test(value));
}

/** Cheap test: most texts hold nothing of the kind. */
const WORTH_A_LOOK = /[=:]|gth_|\s-p/;
const HEADER =
  /\b((?:proxy-)?authorization\s{0,4}:\s{0,4}(?:(?:bearer|basic|token|digest|apikey)\s{1,4})?)([^\s"'\\,;]{1,8192})/gi;
const NAMED_HEADER = /(?<![\w-])([a-z][a-z_-]{0,60})(\s{0,4}:\s{1,4})([^\s"'\\,;]{1,8192})/gi;
const HEADER_NAME = /api[-_]?key|token|secret|cookie|passw(?:or)?d|passphrase/i;
const MEMBER = /"([^"\\]{1,80})"(\s{0,4}:\s{0,4})("(?:[^"\\]|\\.){0,8192}")/g;
const ASSIGNMENT =
  /(?<![\w-])(--?)?([A-Za-z_][\w-]{0,80})=("[^"\n]{0,8192}"|'[^'\n]{0,8192}'|[^\s"'&;|]{1,8192})/g;
const USERINFO = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s/@:"']{0,256}):([^\s/@"']{1,1024})@/gi;

/** Passwords that programs take behind an option of one letter. */
const TAKES_USER = /\bcurl\b/;
const USER_OPTION =
  /(\s(?:-u|--user|--proxy-user)(?:\s{1,4}|=)?["']?(?!\d{1,10}:\d)[^\s:"'/]{1,128}):([^\s"']{1,1024})/g;
const TAKES_PASSWORD = /\b(?:mysql|mariadb)/;
const PASSWORD_OPTION = /(\s-p)("[^"\n]{1,1024}"|'[^'\n]{1,1024}'|[^\s"']{1,1024})/g;
const SSHPASS = /(\bsshpass\s{1,4}-p\s{0,4})("[^"\n]{1,1024}"|'[^'\n]{1,1024}'|[^\s"']{1,1024})/g;

/** A token of our own API: known by its form, wherever it stands. */
const OWN_TOKEN = /\bgth_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g;

/** A text with the secrets in it replaced that stand in one of the usual forms. */
export function redactText(text: string): string {
  return withoutSecrets(WORTH_A_LOOK.test(text) ? withoutUsualForms(text) : text, REDACTED);
}

function withoutUsualForms(text: string): string {
  return withoutOptions(text)
    .replace(OWN_TOKEN, REDACTED)
    .replace(HEADER, (_all, head: string) => `${head}${REDACTED}`)
    .replace(
      NAMED_HEADER,
      (all: string, name: string, colon: string, value: string, at: number, whole: string) =>
        HEADER_NAME.test(name) && !isSaidOfPath(whole, at, name, value, at + all.length)
          ? `${name}${colon}${REDACTED}`
          : all,
    )
    .replace(MEMBER, (all: string, name: string, colon: string, value: string) =>
      isSecret(name, value) ? `"${name}"${colon}"${REDACTED}"` : all,
    )
    .replace(USERINFO, (_all, head: string) => `${head}:${REDACTED}@`)
    .replace(
      ASSIGNMENT,
      (all: string, dashes: string | undefined, name: string, value: string, at: number, whole: string) =>
        (isSecret(name, value) || (name === 'PWD' && isAmongSettings(whole, at, at + all.length))) &&
        !/^["']?(?:\$|\[REDACTED\])/.test(value)
          ? `${dashes ?? ''}${name}=${REDACTED}`
          : all,
    );
}

/** Whether an assignment is one of several in a text, as a database is reached: `UID=sa;PWD=…;`. */
function isAmongSettings(text: string, at: number, end: number): boolean {
  return text[at - 1] === ';' || /^;\s?[A-Za-z][\w ]{0,30}=/.test(text.slice(end, end + 40));
}

/** Longest path that Linux takes, in bytes. */
const LONGEST_PATH = 4096;
/** A path from the root, the home or the folder at hand, or one that was cut at its front. */
const PATH_START = /^(?:~|\.{1,2}|…)?\//;

/** How errors of programs begin: a capital letter, or one of these. */
const ERROR_START =
  /^(?:[A-Z][a-z]{1,15}|is|not|no|cannot|can|could|permission|access|unable|failed|invalid)$/;

/**
 * Whether a name before a colon is the end of a path of which something is said, as in errors of programs:
 * `/run/token: Permission denied`. What does not begin like such a sentence may be what a file of that name holds, and
 * is a secret, except behind the system's `passwd`, which holds none, and where something is said of what follows.
 */
function isSaidOfPath(text: string, at: number, name: string, value: string, end: number): boolean {
  let start = at;
  while (start > 0 && at - start <= LONGEST_PATH && !/[\s"'`(]/.test(text[start - 1] ?? '')) start -= 1;
  const folder = text.slice(start, at);
  if (!PATH_START.test(folder)) return false;
  const next = text.slice(end, end + 6);
  if (name === 'passwd' && (/(?:^|\/)etc\/$/.test(folder) || /^ (?:is|was|has) /.test(next))) return true;
  return ERROR_START.test(value) && /^ [a-z]/.test(next);
}

function withoutOptions(text: string): string {
  let rest = text.replace(SSHPASS, (_all, head: string) => `${head}${REDACTED}`);
  if (TAKES_USER.test(rest)) rest = rest.replace(USER_OPTION, (_all, head: string) => `${head}:${REDACTED}`);
  if (TAKES_PASSWORD.test(rest))
    rest = rest.replace(PASSWORD_OPTION, (_all, head: string) => `${head}${REDACTED}`);
  return rest;
}

/** A text longer than this is cut, in UTF-8 bytes. */
const LONGEST_TEXT = 32 * 1024;
const SHORTEST_CUT = 128;

/**
 * A copy that fits into `maxBytes` of JSON. Texts over 32 KiB are cut at a code point, with their length and
 * SHA-256 told; if that is not enough all texts are cut further, and at last only the size and digest are left.
 */
export function shorten(params: JsonObject, maxBytes: number): JsonObject {
  for (let longest = LONGEST_TEXT; longest >= SHORTEST_CUT; longest /= 4) {
    const cut = cutObject(params, longest, 0);
    if (jsonBytes(cut) <= maxBytes) return cut;
  }
  const json = JSON.stringify(params);
  return { shortened: `parameters of ${Buffer.byteLength(json)} bytes, SHA-256 ${sha256(json)}` };
}

function cutObject(object: JsonObject, longest: number, depth: number): JsonObject {
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(object))
    put(copy, cutText(key, longest), cutValue(object[key] ?? null, longest, depth + 1));
  return copy;
}

function cutValue(value: JsonValue, longest: number, depth: number): JsonValue {
  if (typeof value === 'string') return cutText(value, longest);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '…';
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item) => cutValue(item, longest, depth + 1));
  return cutObject(value as JsonObject, longest, depth);
}

function cutText(text: string, longest: number): string {
  // A UTF-16 unit takes at most three bytes.
  if (text.length * 3 <= longest) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= longest) return text;
  // One unit is at least one byte, so the head holds at least as much as may stay.
  const head = Buffer.from(text.slice(0, longest)).subarray(0, longest);
  const kept = head.toString('utf8', 0, lastWhole(head));
  return `${kept.toWellFormed()}… (cut: ${bytes} bytes in all, SHA-256 ${sha256(text)})`;
}

/** Where the last whole UTF-8 character of the bytes ends. */
function lastWhole(bytes: Buffer): number {
  let start = bytes.length - 1;
  // Bytes inside a character begin with the bits 10.
  while (start >= 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  if (start < 0) return 0;
  const lead = bytes[start] ?? 0;
  const width = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return start + width <= bytes.length ? bytes.length : start;
}

function jsonBytes(value: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
