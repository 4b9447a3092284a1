/**
 * Whether an address carries data: keys and tokens by their form, settings with their values, texts in an encoding.
 * Whoever answers at an address reads all of it, and of its name whoever answers for names.
 */

/** How keys and tokens of services begin, as far as nobody would begin anything else so. */
const TOKENS =
  'gh[pousr]_|github_pat_|glpat-|npm_|[sr]k_(?:live|test)_|sk-(?:ant|proj|live|or)-|xox[abeoprs]-|xapp-\\d-|hf_|pypi-|do[opr]_v1_|lin_api_|shp(?:at|ca|pa|ss)_|whsec_|dckr_pat_|hvs\\.|gsk_|ntn_|ATATT3|AGE-SECRET-KEY-';
const TOKEN = new RegExp(`(?<![A-Za-z0-9])(?:${TOKENS})(?=[A-Za-z0-9_-]*\\d)[A-Za-z0-9_-]{6,}`);
const CLOUD_KEY = /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}|(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}/;
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY/;
/** A name of a setting with its value, and an address that signs somebody in. */
const SETTING =
  /\b(?:[A-Za-z][A-Za-z0-9]*_)+(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|PWD|URL|URI|DSN|CREDENTIALS|key|token|secret|password)=[^&\s]{6,}|[a-z][a-z0-9+.-]{1,20}:\/\/[^/\s:@?&]{0,60}:[^@\s/?&]{2,}@|(?:^|[\s"'&?])(?:password|passwd|secret)["']?[=:]\s*["']?[^&\s"']{6,}/;

/** In names of hosts underscores stand for nothing, and capitals are none. */
const NAMED_TOKEN =
  /^(?:gh[pousr]|github-pat|glpat|npm|[sr]k-(?:live|test|ant|proj)|sk|xox[abprs]|akia|asia|hf|pypi|aws|secret|token|passw(?:or)?d|pwd|apikey)[-_]?(?=[a-z0-9-]*\d)(?=[a-z-]*\d*[a-z])[a-z0-9_-]{14,}$/i;

/** A run that may be an encoding. */
const BASE64 = /[A-Za-z0-9+/_-]{20,}={0,2}/g;
const HEX = /(?<![0-9A-Za-z])(?:[0-9a-f]{2}){12,}(?![0-9A-Za-z])/gi;
const BASE32 = /(?<![0-9A-Za-z])[A-Z2-7]{24,}={0,6}(?![0-9A-Za-z])/gi;
const PERCENT = /(?:%[0-9A-Fa-f]{2}){12,}/g;
/** What pictures and diagrams are themselves, and addresses that a proxy fetches. */
const OWN_CONTENT =
  /^\s*(?:<(?:svg|\?xml)|https?:\/\/[^\s?]*$|\{"code"|graph |flowchart |sequenceDiagram|%%\{)/;
const MOST_RUNS = 40;
const LONGEST = 8192;

/** What a text holds when its encodings are taken off: each part that reads as text. */
export function decodedTexts(text: string): readonly string[] {
  const out: string[] = [];
  const take = (bytes: Buffer): boolean => {
    const read = bytes.toString('latin1');
    if (read.length < 10 || !/^[\t\n\r\x20-\x7e]+$/.test(read) || !/[A-Za-z]{3}/.test(read)) return false;
    out.push(read);
    return true;
  };
  const short = text.slice(0, LONGEST);
  for (const run of runs(HEX, short)) take(Buffer.from(run, 'hex'));
  for (const run of runs(BASE64, short)) {
    if (/^[0-9a-f]+$/i.test(run)) continue;
    // A slash may part two names, or stand in the encoding: both are tried.
    for (const part of new Set([run, ...run.split('/')]))
      if (part.length >= 20 && take(Buffer.from(part, 'base64'))) break;
  }
  for (const run of runs(BASE32, short)) take(fromBase32(run));
  return out;
}

function runs(pattern: RegExp, text: string): readonly string[] {
  const out: string[] = [];
  for (const [run] of text.matchAll(pattern)) {
    out.push(run);
    if (out.length >= MOST_RUNS) break;
  }
  return out;
}

function fromBase32(run: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of run.toUpperCase().replace(/=+$/, '')) {
    held = (held << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
    held &= (1 << bits) - 1;
  }
  return Buffer.from(bytes);
}

function isGiven(text: string): boolean {
  return TOKEN.test(text) || CLOUD_KEY.test(text) || PRIVATE_KEY.test(text) || SETTING.test(text);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // What is no encoding stays as it is.
    return text;
  }
}

function hidesLetters(run: string): boolean {
  const text = unescaped(run);
  return /^[ -~]+$/.test(text) && text.replace(/[^\w.~-]/g, '').length >= text.length * 0.6;
}

/** Whether a label of a name of a host is a token, or text in an encoding. */
export function isNamedData(host: string): boolean {
  const labels = host.split('.').slice(0, -1);
  if (labels.some((label) => NAMED_TOKEN.test(label))) return true;
  const before = labels.slice(0, -1);
  if (before.some((label) => label.length >= 20 && decodedTexts(label).length > 0)) return true;
  // Cut into pieces, as names allow no more than 63 letters between two dots.
  const pieces = before.filter((label) => /^(?:[0-9a-f]{2}){4,}$/i.test(label));
  return pieces.length >= 2 && decodedTexts(pieces.join('')).length > 0;
}

/**
 * Whether the path or the query of an address holds a key, a setting with its value or a text in an encoding.
 *
 * @param url in full; whose the host is does not matter
 */
export function carriesData(url: string): boolean {
  const rest = /^\s*[a-z][a-z0-9+.-]*:\/\/[^/?#]*([\s\S]*)$/i.exec(url)?.[1]?.slice(0, LONGEST) ?? '';
  if (rest.length < 12) return false;
  // A signed address of a store names the key that signed it.
  const own = rest.replace(/[?&]X-(?:Amz|Goog)-[\w-]+=[^&#]*/gi, '');
  const read = own.includes('%') || own.includes('+') ? unescaped(own) : own;
  if (isGiven(read)) return true;
  // Letters that need no escape are escaped only to hide them.
  if (runs(PERCENT, own).some(hidesLetters)) return true;
  return decodedTexts(
    own.replace(/data:image\/[^&\s]*/gi, '').replace(/%(?:2[bB]|2[fF]|3[dD])/g, unescaped),
  ).some((text) => !OWN_CONTENT.test(text) || isGiven(text));
}
