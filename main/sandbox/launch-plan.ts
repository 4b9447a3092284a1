/**
 * A launch plan as data, and as the text that a launcher reads: one step a line, a verb and its words,
 * percent-encoded. The order counts: a folder stands before what lies in it.
 */
import { createHash } from 'node:crypto';

/** The levels at which something is confined. */
export type Level = 'standard' | 'strict' | 'maximum';
export type Access = 'ro' | 'rw';
/** What a connection that was made inside wants to talk to. */
export type InsideKind = 'agent-door' | 'http-proxy' | 'socks5';

/** See native/linux/verbs.h, which has the same list. */
export type LaunchStep =
  | readonly ['level', Level | 'off']
  | readonly ['need', string]
  | readonly ['net', 'empty' | 'host']
  | readonly ['ns', 'ipc' | 'uts' | 'cgroup']
  | readonly ['listen', InsideKind, number]
  | readonly ['uid', number]
  | readonly ['hostname', string]
  | readonly ['size', number]
  | readonly ['tree' | 'own', Access, string, string]
  | readonly ['cow', string, string, string]
  | readonly ['link', string, string]
  | readonly ['dir' | 'scratch' | 'closed' | 'cwd' | 'watch', string]
  | readonly ['file', string, string]
  | readonly ['guard', 'ro' | 'pin', string]
  | readonly ['keep' | 'name', string]
  | readonly ['set', string, string]
  | readonly ['limit', 'processes' | 'files' | 'data' | 'filesize' | 'core', number]
  | readonly ['allow', 'unix' | 'route']
  | readonly ['notify' | 'mdwe']
  | readonly ['session' | 'idle', number]
  // Of macOS alone: a Seatbelt profile, and values for its parameters.
  | readonly ['profile', string]
  | readonly ['param', string, string];

/** The plan as a launcher reads it. Each system's has verbs of its own, so that none takes another's for its own. */
export function planText(steps: readonly (readonly [string, ...(string | number)[]])[]): string {
  const lines = steps.map((step) => step.map((word) => encodeWord(String(word))).join(' '));
  return ['gatehouse-launch 1', ...lines, 'end', ''].join('\n');
}

/** What names a plan: hex SHA-256 of its text. The launcher tells the same of what it carried out. */
export function planHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Everything but plain visible ASCII as `%XX`, byte by byte. */
export function encodeWord(word: string): string {
  let encoded = '';
  for (const byte of Buffer.from(word, 'utf8')) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** The opposite of encodeWord; what encodes nothing stays as it is. */
export function decodeWord(word: string): string {
  return decodeBytes(word).toString('utf8');
}

/** The same, byte by byte: a file's name need not be UTF-8. */
export function decodeBytes(word: string): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < word.length; at++) {
    const code = /^%[0-9A-F]{2}/.exec(word.slice(at, at + 3));
    if (code === null) bytes.push(word.charCodeAt(at) & 0xff);
    else {
      bytes.push(Number.parseInt(code[0].slice(1), 16));
      at += 2;
    }
  }
  return Buffer.from(bytes);
}
