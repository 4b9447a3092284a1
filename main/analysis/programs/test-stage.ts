/** Whether a task is told to work on what tests make anew each time. */
import type { Call } from '../shell/call.ts';
import { plain } from '../shell/text.ts';

/** Whether a file or project is called one for tests: `docker-compose.e2e.yml`. */
export function isTestName(name: string): boolean {
  return /(?:^|[._-])(?:tests?|testing|e2e|ci|integration|specs?)(?:[._-]|$)/i.test(name);
}

export function isTestStage(call: Call): boolean {
  const told = ['RAILS_ENV', 'RACK_ENV', 'APP_ENV', 'MIX_ENV', 'NODE_ENV'].some((name) =>
    /^test(?:ing)?$/.test(call.state.vars.get(name)?.text ?? ''),
  );
  return (
    told ||
    call.args.some(({ text }) =>
      /^(?:(?:RAILS|RACK|APP|MIX|NODE)_ENV|--env(?:ironment)?)=test(?:ing)?$/.test(plain(text)),
    )
  );
}
