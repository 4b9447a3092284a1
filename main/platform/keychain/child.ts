/**
 * The keychain's own process: keytar and nothing else.
 *
 * A prompt that nobody answers takes a thread, and four of them stop all file access of a process; here that
 * hurts nobody. One question at a time. Its memory cannot be read by other programs where the system allows that,
 * and it leaves no core.
 */
import { createRequire } from 'node:module';
import process from 'node:process';
import { setNonDumpable } from '../peer-addon.ts';
import { KeychainQuestion, type KeychainReply } from './answers.ts';

interface Electron {
  readonly parentPort: {
    postMessage(value: unknown): void;
    on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  };
}
type Keytar = Pick<typeof import('keytar'), 'getPassword' | 'setPassword' | 'deletePassword'>;

/** Electron's utility process has a port of its own. */
const port = (process as Partial<Pick<Electron, 'parentPort'>>).parentPort;
let keytar: Keytar | null = null;

function loadKeytar(): Keytar {
  keytar ??= createRequire(import.meta.url)('keytar') as Keytar;
  return keytar;
}

async function answer(question: KeychainQuestion): Promise<string | null> {
  const { getPassword, setPassword, deletePassword } = loadKeytar();
  switch (question.ask) {
    case 'get':
      return getPassword(question.service, question.account);
    case 'set':
      await setPassword(question.service, question.account, question.secret);
      return null;
    case 'remove':
      await deletePassword(question.service, question.account);
      return null;
  }
}

function reply(message: KeychainReply): void {
  if (port !== undefined) port.postMessage(message);
  else process.send?.(message);
}

let turn: Promise<void> = Promise.resolve();
function take(raw: unknown): void {
  const parsed = KeychainQuestion.safeParse(raw);
  if (!parsed.success) return;
  const { id } = parsed.data;
  turn = turn.then(async () => {
    try {
      reply({ id, secret: await answer(parsed.data), failed: null });
    } catch (error) {
      reply({ id, secret: null, failed: error instanceof Error ? error.message : String(error) });
    }
  });
}

setNonDumpable();
if (port !== undefined) port.on('message', (event) => take(event.data));
else {
  process.on('message', take);
  process.on('disconnect', () => process.exit());
}
