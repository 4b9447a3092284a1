/**
 * What gate 5 does about secrets and personal data in a call's parameters: `tools.capabilities.content`.
 *
 * A row is for one class or for a group of classes, for every module or for some. The class's own row beats the
 * group's; a row for named modules beats one for all.
 */
import type { DataClass, Setting } from './policy.ts';
import type { RuleRef } from './rule-ref.ts';

export const CONTENT_ANSWERS = ['allow', 'redact', 'approve', 'deny'] as const;
export type ContentAnswer = (typeof CONTENT_ANSWERS)[number];

/** Every class with its group and the data label that a text with it in it has. */
export const CONTENT_KINDS = {
  vault_secret: { group: 'secrets', label: 'restricted' },
  private_key: { group: 'secrets', label: 'restricted' },
  cloud_key: { group: 'secrets', label: 'restricted' },
  api_token: { group: 'secrets', label: 'restricted' },
  jwt: { group: 'secrets', label: 'restricted' },
  password: { group: 'secrets', label: 'restricted' },
  url_credentials: { group: 'secrets', label: 'restricted' },
  payment_card: { group: 'personal_data', label: 'restricted' },
  iban: { group: 'personal_data', label: 'restricted' },
  national_id: { group: 'personal_data', label: 'restricted' },
  email: { group: 'personal_data', label: 'confidential' },
} as const satisfies Record<string, { group: 'secrets' | 'personal_data'; label: DataClass }>;

export type ContentKind = keyof typeof CONTENT_KINDS;
export type ContentGroup = 'secrets' | 'personal_data';
export const CONTENT_NAMES: readonly string[] = ['secrets', 'personal_data', ...Object.keys(CONTENT_KINDS)];

export interface ContentRow {
  readonly name: ContentKind | ContentGroup;
  /** Null: every module. */
  readonly modules: readonly string[] | null;
  readonly answer: ContentAnswer;
  readonly rule: RuleRef;
}

export class ContentPolicy {
  readonly rows: readonly ContentRow[];

  constructor(rows: readonly ContentRow[]) {
    this.rows = Object.freeze([...rows]);
    Object.freeze(this);
  }

  without(row: ContentRow): ContentPolicy {
    return new ContentPolicy(this.rows.filter((other) => other !== row));
  }

  /** What the file says about a class in a call to a module; null when it says nothing. */
  of(kind: ContentKind, module: string, family: string | null): Setting<ContentAnswer> | null {
    let best: ContentRow | null = null;
    let bestRank = -1;
    for (const row of this.rows) {
      const own = row.name === kind;
      if (!own && row.name !== CONTENT_KINDS[kind].group) continue;
      const named = row.modules !== null;
      if (named && !row.modules.includes(module) && !(family !== null && row.modules.includes(family)))
        continue;
      const rank = (own ? 2 : 0) + (named ? 1 : 0);
      if (rank > bestRank) [best, bestRank] = [row, rank];
    }
    return best === null ? null : { value: best.answer, rule: best.rule };
  }
}
