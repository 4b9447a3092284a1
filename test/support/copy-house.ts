/** A project with a copy, as tests of reviews use it: a sandbox writes to it, and the launcher tells and carries over. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ChangeList, stateWord } from '../../main/sandbox/review/change.ts';
import { ReviewProgram } from '../../main/sandbox/review/review-program.ts';
import { changeText, type Step, selected, stepsForth } from '../../main/sandbox/review/selection.ts';
import { LAUNCHER, LaunchHouse } from './launcher.ts';

/** Started yesterday: nothing of the test counts as changed since. */
export const YESTERDAY = Date.now() - 86_400_000;

export class CopyHouse extends LaunchHouse {
  readonly layers = this.makeFolder('gh/review/layers');
  readonly backup = this.makeFolder('gh/review/backup');
  readonly program =
    this.uid === process.getuid?.()
      ? new ReviewProgram(LAUNCHER)
      : new ReviewProgram(
          'setpriv',
          `--reuid=${this.uid}`,
          `--regid=${this.uid}`,
          '--clear-groups',
          LAUNCHER,
        );

  /** Runs a script of the shell in the sandbox, with the project as a copy. */
  script(text: string, timeoutMs = 60_000) {
    this.makeFolder('gh/review/layers/upper');
    this.makeFolder('gh/review/layers/work');
    const ran = this.run({ layers: this.layers }, ['sh', '-ec', text], { timeoutMs });
    if (ran.code !== 0 || ran.report['snapshot']?.on !== true)
      throw new Error(`the script failed: ${JSON.stringify(ran)}`);
    return ran;
  }

  async scan(since = YESTERDAY): Promise<ChangeList> {
    return (await this.program.scan(join(this.layers, 'upper'), this.workspace, since)).list;
  }

  /** What changed, one line each. */
  async told(): Promise<string[]> {
    return (await this.scan()).changes.map(
      ({ path, before, after }) => `${path} ${short(stateWord(before))} ${short(stateWord(after))}`,
    );
  }

  text(
    steps: readonly Step[],
    mode: 'apply' | 'restore' = 'apply',
    source = join(this.layers, 'upper'),
  ): Promise<string> {
    const { dev, ino } = statSync(this.workspace, { bigint: true });
    const root = { path: this.workspace, device: String(dev), inode: String(ino) };
    return changeText({ mode, root, source, backup: this.backup, stage: '.gatehouse-review-1', steps });
  }

  async apply(picked: ReadonlySet<string> | null = null) {
    const { changes } = await this.scan();
    return this.program.change(await this.text(stepsForth(await selected(changes, picked))));
  }
}
function short(word: string): string {
  return word.replace(/:[0-9a-f]{64}$/, '');
}

/** Every path below a folder with what lies there. */
export function tree(folder: string, at = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(folder, at)).sort()) {
    const path = at === '' ? name : `${at}/${name}`;
    const facts = lstatSync(join(folder, path));
    const mode = (facts.mode & 0o7777).toString(8);
    if (facts.isDirectory()) Object.assign(found, { [path]: mode }, tree(folder, path));
    else if (facts.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(folder, path))}`;
    else found[path] = `${mode} ${readFileSync(join(folder, path), 'latin1')}`;
  }
  return found;
}
