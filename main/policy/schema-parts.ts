/** Small pieces of JSON Schema, of which the schema of the policy file is made. */

export interface Schema {
  readonly [key: string]: unknown;
}

export const text = (description: string): Schema => ({ type: 'string', description });
export const oneOf = (values: readonly string[], description: string): Schema => ({
  enum: [...values],
  description,
});
export const texts = (description: string): Schema => ({
  type: 'array',
  items: { type: 'string' },
  description,
});
export const flag = (description: string): Schema => ({ type: 'boolean', description });
export const whole = (least: number, most: number | null, description: string): Schema => ({
  type: 'integer',
  minimum: least,
  ...(most === null ? {} : { maximum: most }),
  description,
});
export const strict = (
  properties: Readonly<Record<string, Schema>>,
  description: string,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  description,
  properties,
  additionalProperties: false,
  ...(required.length === 0 ? {} : { required: [...required] }),
});

/** Such a value, or 0 for none. */
export const unset = ({ description, ...value }: Schema): Schema => ({
  description,
  anyOf: [{ ...value }, { const: 0 }],
});

/** Names that the person chooses, each with such a value. */
export const named = (value: Schema, description: string): Schema => ({
  type: 'object',
  description,
  propertyNames: { pattern: '^[\\w.-]{1,64}$' },
  additionalProperties: value,
});
