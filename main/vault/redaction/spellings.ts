/**
 * All the ways in which a value is looked for: as it is, backwards, in hex, in HTML, and in base64 at each of three
 * alignments: of its bytes, of its UTF-16 (PowerShell), of what JSON and addresses make of it, of its hex and of its
 * base64 once more.
 */

/** Shorter ones would be found in ordinary texts. */
export const SHORTEST = 8;
/** Longer values are looked for in pieces, which overlap so that no seam shows. */
const PIECE = 186;
const STEP = 180;
/** Of a file no more than this is looked for. */
const LONGEST = 16 * 1024;
/**
 * Lines of Google's key and client files that stand in everybody's, or name something: found alone, they would be
 * taken out of ordinary texts.
 */
const NO_SECRET =
  /^\s*"(?:type|project_id|client_id|client_email|private_key_id|universe_domain|(?:auth|token)_uri|[a-z0-9_]+_x509_cert_url)":\s*"[^"]*",?\s*$/;

/** Every spelling of a value, each at least SHORTEST and at most about 500 units long. */
export function spellingsOf(value: Buffer): ReadonlySet<string> {
  const found = new Set<string>();
  for (const part of partsOf(value))
    for (const spelling of ofPart(part)) if (spelling.length >= SHORTEST) found.add(spelling);
  return found;
}

/** The value itself, in pieces; its lines and, where it is JSON, its texts, which may be shown alone. */
function partsOf(value: Buffer): readonly Buffer[] {
  const whole = value.subarray(0, LONGEST);
  const parts = piecesOf(whole);
  const text = whole.toString('utf8');
  if (/[\r\n]/.test(text))
    for (const line of text.split(/[\r\n]+/)) {
      const bytes = Buffer.from(line.trim());
      if (bytes.length >= 20 && !line.startsWith('-----') && !NO_SECRET.test(line))
        parts.push(...piecesOf(bytes));
    }
  if (text.startsWith('{'))
    for (const leaf of leavesOf(text)) if (leaf.length >= 16) parts.push(...partsOf(Buffer.from(leaf)));
  return parts;
}

function piecesOf(value: Buffer): Buffer[] {
  if (value.length <= PIECE) return [value];
  const pieces: Buffer[] = [];
  for (let at = 0; at + PIECE < value.length; at += STEP) pieces.push(value.subarray(at, at + PIECE));
  pieces.push(value.subarray(value.length - PIECE));
  return pieces;
}

function leavesOf(json: string): readonly string[] {
  const leaves: string[] = [];
  const walk = (value: unknown, name: string): void => {
    if (typeof value === 'string') {
      // What names and places say is no secret, and would be taken out of everything.
      if (!/^https?:\/\//.test(value) && !/email|_id$|^type$|^project/.test(name)) leaves.push(value);
    } else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, key);
  };
  try {
    walk(JSON.parse(json), '');
  } catch {
    // It only looked like JSON.
  }
  return leaves;
}

function* ofPart(bytes: Buffer): Iterable<string> {
  const text = bytes.toString('utf8');
  yield text;
  yield [...text].toReversed().join('');
  const latin = bytes.toString('latin1');
  if (latin !== text) yield latin;
  if (text.includes(' ')) yield text.replaceAll(' ', '+');
  if (/[&<>"']/.test(text)) yield html(text);
  const hex = bytes.toString('hex');
  yield hex;
  yield hex.toUpperCase();
  for (const encoded of wrappedIn(bytes, text, hex))
    for (let shift = 0; shift < 3; shift += 1) {
      const inside = base64At(encoded, shift);
      yield inside;
      if (/[+/]/.test(inside)) yield inside.replaceAll('+', '-').replaceAll('/', '_');
    }
}

/** What base64 is made of, when it is made of a value or of a text that holds one. */
function* wrappedIn(bytes: Buffer, text: string, hex: string): Iterable<Buffer> {
  yield bytes;
  yield Buffer.from(text, 'utf16le');
  yield Buffer.from(hex);
  for (let shift = 0; shift < 3; shift += 1) yield Buffer.from(base64At(bytes, shift));
  const json = JSON.stringify(text).slice(1, -1);
  if (json !== text) yield Buffer.from(json);
  const ascii = json.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (ascii !== json) yield Buffer.from(ascii);
  if (text.isWellFormed()) {
    const uri = encodeURIComponent(text);
    if (uri !== text) yield Buffer.from(uri);
  }
}

/** The characters of base64 that the value alone decides, when `shift` other bytes stand before it. */
function base64At(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const first = Math.ceil((shift * 8) / 6);
  const last = Math.floor(((shift + bytes.length) * 8) / 6);
  return encoded.slice(first, last);
}

function html(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}
