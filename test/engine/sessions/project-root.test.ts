import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../../../main/engine/sessions/project-root.ts';

describe('the root of a project', () => {
  let base = '';
  let home = '';
  const folder = (...parts: readonly string[]) => {
    const path = join(base, ...parts);
    mkdirSync(path, { recursive: true });
    return path;
  };

  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-root-')));
    home = folder('home');
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('is the nearest folder upwards with a repository or a policy', () => {
    const app = folder('home', 'app');
    const deep = folder('home', 'app', 'a', 'b');
    expect(projectRoot(deep, home)).toBe(deep);
    folder('home', 'app', '.git');
    expect(projectRoot(deep, home)).toBe(app);
    expect(projectRoot(app, home)).toBe(app);
    writeFileSync(join(app, 'a', 'gatehouse.yaml'), '');
    expect(projectRoot(deep, home)).toBe(join(app, 'a'));
    writeFileSync(join(deep, '.git'), 'gitdir: elsewhere');
    expect(projectRoot(deep, home)).toBe(deep);
  });

  it('is never the home folder, nor one above it', () => {
    folder('home', '.git');
    folder('.git');
    const app = folder('home', 'app', 'src');
    expect(projectRoot(app, home)).toBe(app);
    expect(projectRoot(home, home)).toBe(home);
    expect(projectRoot(base, home)).toBe(base);
    expect(projectRoot('/', home)).toBe('/');
    expect(projectRoot('/', '/')).toBe('/');
  });

  it('may lie beside the home folder, with a name that begins like it', () => {
    const beside = folder('home2', 'x');
    folder('home2', '.git');
    expect(projectRoot(beside, home)).toBe(join(base, 'home2'));
    const inside = folder('hom', 'y');
    folder('hom', '.git');
    expect(projectRoot(inside, home)).toBe(join(base, 'hom'));
  });

  it('is the same through a link, and a folder that is not there is its own', () => {
    const app = folder('home', 'app');
    folder('home', 'app', '.git');
    symlinkSync(app, join(base, 'link'));
    expect(projectRoot(join(base, 'link'), home)).toBe(app);
    symlinkSync(home, join(base, 'alias'));
    folder('home', '.git');
    const plain = folder('home', 'plain');
    expect(projectRoot(plain, join(base, 'alias'))).toBe(plain);
    expect(projectRoot(join(base, 'gone', 'x'), home)).toBe(join(base, 'gone', 'x'));
  });
});
