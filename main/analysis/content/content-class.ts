/**
 * What texts are looked through for: classes of secrets and of personal data, the group of each, and how a class
 * ranks among the data labels of gate 5.
 */
export const SECRET_CLASSES = [
  'vault_secret',
  'private_key',
  'cloud_key',
  'api_token',
  'jwt',
  'password',
  'url_credentials',
] as const;
export const PERSONAL_CLASSES = ['payment_card', 'iban', 'national_id', 'email'] as const;
export const CONTENT_GROUPS = ['secrets', 'personal_data'] as const;

export type ContentGroup = (typeof CONTENT_GROUPS)[number];
export type ContentClass = (typeof SECRET_CLASSES)[number] | (typeof PERSONAL_CLASSES)[number];

export const CONTENT_CLASSES: readonly ContentClass[] = [...SECRET_CLASSES, ...PERSONAL_CLASSES];

/** `medium` and better count for the gates; `low` is told to people only. */
export type Confidence = 'high' | 'medium' | 'low';

/** Something found in one text; `start` and `end` are UTF-16 offsets of the value itself, without its name. */
export interface Finding {
  readonly class: ContentClass;
  readonly confidence: Confidence;
  /** The rule's name, for example `github_token`. */
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** A class in words, with its article. */
export const CLASS_WORDS: Readonly<Record<ContentClass, string>> = {
  vault_secret: 'a value that is kept in the vault',
  private_key: 'a private key',
  cloud_key: 'a cloud access key',
  api_token: 'an API token',
  jwt: 'a signed token (JWT)',
  password: 'a password or secret',
  url_credentials: 'a password in a URL',
  payment_card: 'a payment card number',
  iban: 'a bank account number (IBAN)',
  national_id: 'a national identity number',
  email: 'an e-mail address',
};

export function groupOf(found: ContentClass): ContentGroup {
  return (SECRET_CLASSES as readonly string[]).includes(found) ? 'secrets' : 'personal_data';
}
