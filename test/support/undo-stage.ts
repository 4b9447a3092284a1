/** Sessions that work on a project itself and are taken back: projects, scripts and the commands about reviews. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RealApp } from './real-app.ts';
import { run } from './run-client.ts';

export const PIN = 'granite-7';
/** A policy of the person with these words about the sandbox. */
export const policy = (sandbox: string) => `tools:
  modules: { filesystem: {}, shell: {} }
  capabilities: { default_policy: approve }
security:
  sandbox: { ${sandbox} }
`;

export interface Row {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly app: string;
}

/** A supervisor and projects, each of a test, in which sessions are run and reviewed. */
export class UndoStage {
  readonly real: RealApp;
  #made = 0;
  project = '';

  constructor(real: RealApp) {
    this.real = real;
  }

  /** A new project with a few files. */
  begin(): void {
    this.#made += 1;
    this.project = join(this.real.home, `proj-${this.#made}`);
    mkdirSync(join(this.project, 'src/deep'), { recursive: true });
    mkdirSync(join(this.project, 'node_modules/x'), { recursive: true });
    writeFileSync(join(this.project, 'src/a.ts'), 'one\n');
    writeFileSync(join(this.project, 'src/deep/b.ts'), 'b\n');
    writeFileSync(join(this.project, 'keep.txt'), 'kept\n');
    writeFileSync(join(this.project, 'run.sh'), 'echo\n', { mode: 0o755 });
    writeFileSync(join(this.project, 'node_modules/x/index.js'), 'x\n');
    symlinkSync('keep.txt', join(this.project, 'link'));
  }

  script(text: string, words: readonly string[] = []) {
    return run(this.real.paths.agentDoor, [...words, '--', 'sh', '-ec', text], {
      cwd: this.project,
      env: { HOME: this.real.home },
    });
  }

  review(...words: string[]) {
    return this.real.command(['review', ...words], ['list', 'show'].includes(words[0] ?? '') ? [] : [PIN]);
  }

  async rows(): Promise<readonly Row[]> {
    const all = JSON.parse((await this.review('list', '--json')).stdout) as readonly Row[];
    return all.filter(({ app }) => app === this.project);
  }

  async only(): Promise<Row> {
    const rows = await this.rows();
    expect(rows).toHaveLength(1);
    return rows[0] as Row;
  }
}

/** A script that changes something of each kind in such a project. */
export const WORK = [
  'echo two >> src/a.ts; rm -r src/deep; echo new > new.txt; mkdir d; echo in > d/in',
  'chmod 644 run.sh; ln -sf src link; rm keep.txt; mkdir keep.txt; echo x > keep.txt/x',
].join('; ');
