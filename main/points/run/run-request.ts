/** What a launcher asks for: facts, one a line, `name word`, encoded as in a plan. */
import { GatehouseError } from '../../platform/errors.ts';
import { SANDBOX_LEVELS, type SandboxLevel } from '../../policy/sandbox-policy.ts';
import { decodeWord } from '../../sandbox/launch-plan.ts';

export interface RunRequest {
  readonly command: readonly string[];
  /** Absolute, as the launcher sees it. */
  readonly cwd: string;
  /** A label of the caller's. */
  readonly app: string | null;
  readonly policyFile: string | null;
  readonly level: SandboxLevel | null;
  /** PATH, HOME and the like: where things are. */
  readonly variables: Readonly<Record<string, string>>;
}

const MAX_FACTS = 20_000;

/** Collects the lines of a request until it is whole. */
export class RunRequestReader {
  readonly #command: string[] = [];
  readonly #single = new Map<string, string>();
  readonly #variables: Record<string, string> = {};
  #facts = 0;

  /** The request once its last line came; null before. @throws GatehouseError `bad_run` */
  take(line: string): RunRequest | null {
    this.#facts += 1;
    const space = line.indexOf(' ');
    if (space < 0 || this.#facts > MAX_FACTS) throw bad('what the launcher says is not understood');
    const name = line.slice(0, space);
    const word = decodeWord(line.slice(space + 1));
    switch (name) {
      case 'word':
        this.#command.push(word);
        return null;
      case 'variable': {
        const equals = word.indexOf('=');
        if (equals > 0) this.#variables[word.slice(0, equals)] = word.slice(equals + 1);
        return null;
      }
      case 'terminal':
        return null;
      case 'run':
        return this.#whole();
      case 'cwd':
      case 'app':
      case 'policy':
      case 'level':
        this.#single.set(name, word);
        return null;
      default:
        throw bad('what the launcher says is not understood');
    }
  }

  #whole(): RunRequest {
    const cwd = this.#single.get('cwd');
    const level = this.#single.get('level') ?? null;
    const known = SANDBOX_LEVELS.find((one) => one === level) ?? null;
    if (cwd === undefined || !cwd.startsWith('/') || this.#command.length === 0)
      throw bad('there is no command, or no folder for it');
    if (level !== null && known === null)
      throw bad(
        `there is no level ${JSON.stringify(level.slice(0, 40))}`,
        `give one of ${SANDBOX_LEVELS.join(', ')}`,
      );
    return {
      command: this.#command,
      cwd,
      app: this.#single.get('app') ?? null,
      policyFile: this.#single.get('policy') ?? null,
      level: known,
      variables: this.#variables,
    };
  }
}

function bad(
  why: string,
  hint = 'reinstall Gatehouse: the launcher and the supervisor differ',
): GatehouseError {
  return new GatehouseError('bad_run', why, { hint });
}
