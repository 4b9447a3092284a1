import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isServerName, RESERVED_SERVER_NAMES } from '../../main/platform/server-name.ts';
import { canonicalName } from '../../main/policy/canonical-name.ts';

describe('the name of an MCP server', () => {
  it.each(['a', '0', 'github', 'git-hub', 'git_hub', 'a-', 'a--b', '2nd', 'adder', `a${'b'.repeat(63)}`])(
    'may be %s',
    (name) => {
      expect(isServerName(name)).toBe(true);
      // The reason for the rule: a tool's name is taken apart again where it was put together.
      expect(canonicalName(`mcp__${name}__create_issue`)).toEqual({
        module: `mcp_${name}`,
        action: 'create_issue',
      });
    },
  );

  it.each([
    '',
    '-',
    '_',
    '-a',
    '_a',
    'a_',
    'a__b',
    'A',
    'a.b',
    'a b',
    'a/b',
    '../a',
    'a\n',
    'ä',
    'a'.repeat(65),
  ])('may not be %j', (name) => expect(isServerName(name)).toBe(false));

  it.each(RESERVED_SERVER_NAMES)('is not the word %s', (name) => expect(isServerName(name)).toBe(false));

  it.each([
    ['the native client', 'args.c', /names\[\] = \{([^}]*)\}/],
    ['the relay', 'relay/words.mjs', /MCP_COMMANDS = \[([^\]]*)\]/],
  ])('is kept by %s for the same words', (_who, file, list) => {
    const path = fileURLToPath(new URL(`../../native/client/${file}`, import.meta.url));
    const words = list.exec(readFileSync(path, 'utf8'))?.[1]?.match(/[a-z]+/g);
    expect(words).toEqual([...RESERVED_SERVER_NAMES]);
  });
});
