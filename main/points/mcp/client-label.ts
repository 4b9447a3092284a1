/** A client's name as a label: what it says of itself, in the letters that labels have. */

export const UNKNOWN_CLIENT = 'mcp-client';

export function clientLabel(name: string): string {
  const clean = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32);
  return clean === '' ? UNKNOWN_CLIENT : clean;
}
