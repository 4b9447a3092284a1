/** Making one file of a script of several. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinScript } from '../../../main/points/agents/script-parts.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gh-script-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Writes modules and joins the one called `main.mjs`. */
function joined(modules: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(modules)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return joinScript(join(folder, 'main.mjs'));
}

describe('a script of several modules', () => {
  it('does as one file what it does as several', async () => {
    const text = await joined({
      'main.mjs': `#!/usr/bin/env node
import { basename } from 'node:path';
import {
  greet,
  Greeter,
} from './parts/greet.mjs';
import { ending } from './parts/ending.mjs';

process.stdout.write(greet(new Greeter(), basename('/a/b')) + ending);
`,
      'parts/greet.mjs': `import { dirname, basename } from 'node:path';
import { ending } from './ending.mjs';
export class Greeter {
  say(name) { return 'hello ' + name + basename(dirname('/x/y/z')); }
}
export function greet(greeter, name) { return greeter.say(name) + ending; }
`,
      'parts/ending.mjs': `export const ending = '!';\n`,
    });
    writeFileSync(join(folder, 'one.mjs'), text);
    const run = (file: string) => execFileSync(process.execPath, [join(folder, file)], { encoding: 'utf8' });
    expect(run('one.mjs')).toBe('hello by!!');
    expect(run('main.mjs')).toBe('hello by!!');
    expect(text).not.toMatch(/^#!/);
    expect(text.match(/^import/gm)).toHaveLength(1);
  });

  it.each([
    ['a default import', `import x from './x.mjs';\n`],
    ['a renamed import', `import { x as y } from './x.mjs';\n`],
    ['an import of everything', `import * as x from './x.mjs';\n`],
    ['an import for its effects', `import './x.mjs';\n`],
    ['a dynamic import', `const later = () => import('./x.mjs');\n`],
    ['a package', `import { z } from 'zod';\n`],
    ['an export list', `const y = 1;\nexport { y };\n`],
    ['a default export', `export default 1;\n`],
    ['a name that another module has', `import { x } from './x.mjs';\nfunction helper() {}\n`],
    [
      'a name that Node has',
      `import { x } from './x.mjs';\nimport { join } from 'node:path';\nconst join = 1;\n`,
    ],
  ])('is refused with %s', async (_what, text) => {
    const modules = { 'main.mjs': text, 'x.mjs': `export const x = 1;\nfunction helper() {}\n` };
    await expect(joined(modules)).rejects.toMatchObject({ code: 'no_program' });
  });

  it('is refused with a module that is not there', async () => {
    await expect(joined({ 'main.mjs': `import { x } from './gone.mjs';\n` })).rejects.toThrow(/gone\.mjs/);
  });
});
