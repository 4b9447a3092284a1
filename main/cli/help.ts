/** The help texts: one for the program, one for each command. */

/** What a command says of itself. */
export interface CommandHelp {
  readonly usage: readonly string[];
  readonly what: string;
}

/** The commands that the program answers without the supervisor. */
export const OWN_COMMANDS: Readonly<Record<string, CommandHelp>> = {
  start: {
    usage: ['start [--headless] [--port N] [--no-open]'],
    what: [
      'Starts the supervisor: in a window where one can be shown, otherwise in the browser.',
      '',
      '  --headless   no window, even where one could be shown',
      '  --port N     the port of the page on 127.0.0.1; otherwise 7843, or the next that is free',
      '  --no-open    opens no browser; the link is printed in any case',
      '',
      'When it runs already, a new link to it is printed.',
    ].join('\n'),
  },
  run: {
    usage: ['run [--app ID] [--policy FILE] [--level LEVEL] -- COMMAND...'],
    what: [
      'Runs a command, for example an agent, in a sandbox of the kernel (Linux; elsewhere it refuses).',
      '',
      '  --level LEVEL   standard, strict or maximum; not less than the policy says',
      '  --policy FILE   takes security.sandbox from this file; it may only allow less than the policy in force',
      '  --app ID        a name of your own for it',
      '',
      'It sees the project, its own folder as a copy, toolchains and the system read-only, and of the network what',
      'security.sandbox.network allows or you say yes to, through a proxy. What it leaves in the project that git, an',
      'editor, a shell or an agent would obey is taken out at the end. At maximum, or with workspace_snapshot in the',
      'policy, it writes to a copy of the project: gatehouse review shows what it changed, and carries it over. At the',
      'other levels gatehouse review shows what it changed in the project, and takes it back.',
      "The exit code is the command's; 125: Gatehouse failed, 126: refused, 127: there is no such command inside.",
    ].join('\n'),
  },
  tutorial: {
    usage: ['tutorial N [--auto] [--keep]'],
    what: [
      'Plays a tutorial: an agent that asks, a person who answers, and what the log says of it.',
      '',
      '  --auto   nobody is asked: the tutorial answers by itself, for CI',
      '  --keep   leaves its folder, with the log, in place',
      '',
      '  1  Ask first: a call pauses until a person answers; yes, no, and no answer at all',
      '  2  Seven gates: each of them refuses something; the first that says no decides',
      '  3  Behaviour rules: they block, warn, remind, and ask; the agent reads which rule and why',
      '  4  Hidden against deny: what is not shown to an agent, and what nobody may call',
      '  5  The vault: a credential is missing, is given, and is used by a server; the agent never has it',
      '  6  Sandbox: the same program at each level, reviews that you decide, and governed tools (Linux)',
      '  7  What happened, provably: the log tells it; a changed copy is named, a stranger checks an export',
      '',
      'It has a supervisor of its own, in a folder of its own; both are gone at the end.',
      "The transcript is read back from that supervisor's log: without it the tutorial fails.",
    ].join('\n'),
  },
  completion: {
    usage: ['completion bash|zsh|fish'],
    what: [
      'Prints what teaches a shell to complete these commands.',
      '',
      '  bash   source <(gatehouse completion bash)',
      '  zsh    source <(gatehouse completion zsh)',
      '  fish   gatehouse completion fish | source',
    ].join('\n'),
  },
  hook: {
    usage: ['hook AGENT'],
    what: 'Answers one hook call of an agent, JSON on stdin. Agents run it; see agents install.',
  },
};

/** The help of the whole program. `known` are the commands of the supervisor. */
export function overallHelp(program: string, known: Readonly<Record<string, CommandHelp>>): string {
  const lines: string[] = [];
  for (const command of Object.values({ ...OWN_COMMANDS, ...known })) {
    for (const usage of command.usage) lines.push(`  ${program} ${usage}`);
    lines.push(`      ${command.what.split('\n', 1)[0] ?? ''}`);
  }
  return [
    'Gatehouse supervises the AI agents on this computer: what they do passes its gates, and what needs you waits.',
    '',
    ...lines,
    '',
    `  ${program} COMMAND --help    says more of one command`,
    `  ${program} --version`,
    '',
    'GATEHOUSE_HOME moves everything Gatehouse keeps to one folder.',
  ].join('\n');
}

/** The help of one command, or null when there is none of that name. */
export function commandHelp(
  name: string,
  program: string,
  known: Readonly<Record<string, CommandHelp>>,
): string | null {
  const all: Readonly<Record<string, CommandHelp>> = { ...known, ...OWN_COMMANDS };
  const command = Object.hasOwn(all, name) ? all[name] : undefined;
  if (command === undefined) return null;
  return [...command.usage.map((usage) => `  ${program} ${usage}`), '', command.what].join('\n');
}
