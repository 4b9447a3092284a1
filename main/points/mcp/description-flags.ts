/**
 * What a tool's text tries to do to the model that reads it.
 *
 * A description is written by the server's author and lands in the model's instructions. These marks are those
 * of published tool-poisoning attacks (text hidden from people, orders to the model, asking for secrets or for
 * silence). They are no proof of harmlessness: a tool without a mark is still asked about like any other.
 */
import type { JsonValue } from '../../platform/canonical-json.ts';

interface Mark {
  readonly pattern: RegExp;
  readonly says: string;
}

/** Unicode that people do not see: tags, zero width, direction, variation selectors past the emoji one. */
const UNSEEN =
  /[\u{e0000}-\u{e007f}]|[\u200b\u200c]|[\u2060-\u2064]|[\u202a-\u202e]|[\u2066-\u2069]|[\u{e0100}-\u{e01ef}]/u;

const MARKS: readonly Mark[] = [
  { pattern: UNSEEN, says: 'holds characters that people do not see' },
  {
    pattern:
      /<\s*\/?\s*(?:important|system|instructions?|secret|critical|admin|assistant|hidden)\b[^>]{0,80}>/i,
    says: 'holds a tag that speaks to the model',
  },
  {
    pattern:
      /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|other|all|any)\b.{0,40}\b(?:instruction|rule|prompt|message|polic|guideline)/is,
    says: 'tells the model to ignore its instructions',
  },
  {
    pattern:
      /\b(?:do not|don't|never|without)\b.{0,30}\b(?:tell(?:ing)?|mention(?:ing)?|inform(?:ing)?|show(?:ing)?|reveal(?:ing)?|notify(?:ing)?|ask(?:ing)?)\b.{0,30}\b(?:the )?(?:user|person|human|anyone)/is,
    says: 'asks the model to keep something from the person',
  },
  {
    pattern:
      /(?:\.ssh\b|id_rsa|id_ed25519|\.aws\/credentials|\.env\b|\.netrc|\.npmrc|mcp\.json|authorized_keys|keychain|\/etc\/passwd)/i,
    says: 'names a place where secrets are kept',
  },
  {
    pattern:
      /\b(?:before|after|whenever|every time|each time)\b.{0,60}\b(?:call|us(?:e|ing)|invok|run|execut)\w*\b.{0,40}\b(?:any|every|all|other)\b.{0,20}\btools?\b/is,
    says: 'wants to be called around other tools',
  },
  {
    pattern:
      /\b(?:you must|always|make sure to)\b.{0,80}\b(?:send|forward|upload|post|copy|bcc|include)\b.{0,80}\b(?:conversation|history|credentials?|passwords?|tokens?|api keys?|file contents?|contents? of)\b/is,
    says: 'asks the model to send something along',
  },
];

const MAX_TEXT = 64 * 1024;

/** What is suspicious in a tool's texts, in words; null when nothing is. Looks into the schema's texts too. */
export function descriptionFlag(texts: readonly (JsonValue | undefined)[]): string | null {
  const text = texts
    .flatMap((value) => collect(value, 0))
    .join('\n')
    .slice(0, MAX_TEXT);
  return MARKS.find(({ pattern }) => pattern.test(text))?.says ?? null;
}

function collect(value: JsonValue | undefined, depth: number): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > 16) return [];
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).flatMap((item) => collect(item, depth + 1));
  return Object.entries(value).flatMap(([key, item]) => [key, ...collect(item, depth + 1)]);
}
