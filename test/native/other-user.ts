/** The clients as another user runs them: `nobody`, with Node and the programs where that user can read them. */
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type HookClient, nativeClient, relay } from './hook-clients.ts';

export const NOBODY = 65_534;
/** Only root can become somebody else. */
export const isRoot = process.getuid?.() === 0;

const root = fileURLToPath(new URL('../../', import.meta.url));
const asNobody = ['--reuid', String(NOBODY), '--clear-groups'];

export class OtherUser {
  readonly #place = mkdtempSync(join(tmpdir(), 'gh-nobody-'));

  constructor() {
    chmodSync(this.#place, 0o755);
    const built = join('native/build', `${process.platform}-${process.arch}`);
    for (const below of ['native/client', built]) mkdirSync(join(this.#place, below), { recursive: true });
    const files = [
      'native/client/relay.mjs',
      ...(nativeClient === null ? [] : [join(built, 'gatehouse'), join(built, 'peer.node')]),
    ];
    for (const file of files) copyFileSync(join(root, file), join(this.#place, file));
    cpSync(join(root, 'native/client/relay'), join(this.#place, 'native/client/relay'), { recursive: true });
    copyFileSync(process.execPath, this.node);
  }

  /** A Node that this user may run. */
  get node(): string {
    return join(this.#place, 'node');
  }

  /** The words that run a program as this user. */
  command(program: string, ...args: readonly string[]): [string, string[]] {
    return ['setpriv', [...asNobody, program, ...args]];
  }

  /** The same client, run as this user. */
  client(client: HookClient): HookClient {
    const program = join(this.#place, relative(root, client.args[0] ?? client.command));
    const [command, args] =
      client.name === relay.name ? this.command(this.node, program) : this.command(program);
    return { name: client.name, command, args };
  }

  remove(): void {
    rmSync(this.#place, { recursive: true });
  }
}
