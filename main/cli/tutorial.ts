/** `gatehouse tutorial N`: plays a tutorial on this terminal, and takes everything down when Ctrl-C ends it. */
import { playTutorial } from '../app/tutorials/play-tutorial.ts';
import { tutorialOf } from '../app/tutorials/tutorials.ts';
import { GatehouseError } from '../platform/errors.ts';
import type { TutorialArguments } from './arguments.ts';
import { nextKey } from './keys.ts';
import { print } from './terminal.ts';

/** What shells expect of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Plays it to its end; answers the exit code.
 *
 * @throws GatehouseError `usage` for a tutorial that there is not, and everything that makes a tutorial fail
 */
export async function tutorial(options: TutorialArguments): Promise<number> {
  const chosen = tutorialOf(options.number);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new GatehouseError('interrupted', 'ended by the person'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  try {
    await playTutorial({
      tutorial: chosen,
      supervisorEntry: supervisorEntry(),
      answerer: options.auto
        ? null
        : {
            choose: async (signal) => ((await nextKey('ad', signal, interrupt)) === 'a' ? 'allow' : 'deny'),
          },
      keep: options.keep,
      print: (line) => print(`${line}\n`),
      signal: interrupted.signal,
    });
    return 0;
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    print('\nEnded before its end.\n');
    return INTERRUPTED;
  }
}

/** From the sources the program is a .ts file; in the built app it is a file of its own beside ours. */
function supervisorEntry(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('../tutorial-supervisor.ts', import.meta.url);
  return new URL(
    import.meta.url.includes('/chunks/') ? '../tutorial-supervisor.js' : './tutorial-supervisor.js',
    import.meta.url,
  );
}
