/** A project, a secret beside it, and a worker of governed tools that may touch the project alone. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkerClient } from './worker-client.ts';

/** What stands in the file `outside/file`. */
export const SECRET = 'the secret outside';

export class WorkerPlace {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'gh-worker-')));
  readonly project = join(this.folder, 'proj');
  readonly worker: WorkerClient;

  constructor() {
    mkdirSync(this.project);
    mkdirSync(join(this.folder, 'outside'));
    writeFileSync(join(this.folder, 'outside', 'file'), SECRET);
    this.worker = new WorkerClient(['w', this.project, 'n', '.git', 'n', '.vscode', 'n', '.github/hooks']);
  }

  async remove(): Promise<void> {
    await this.worker.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
