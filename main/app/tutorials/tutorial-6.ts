/**
 * Tutorial 6: the same program of an agent's at each level, and what each of them stops on this computer; then what
 * a session wrote to a copy of the project, and an agent with no tools but the governed ones.
 */
import type { Attempt, BoxedLevel, Files, Scene, Step, Tutorial } from './tutorial.ts';

/** What it tries, and at which levels that must work. `$1` is this computer's name, `$2` a program outside. */
const ATTEMPTS: readonly Attempt[] = [
  {
    what: 'does its work in the project',
    command: 'echo done > result.txt',
    worksAt: ['off', 'standard', 'strict', 'maximum'],
  },
  {
    what: 'learns the name of this computer',
    command: '[ "$(uname -n)" = "$1" ]',
    worksAt: ['off', 'standard'],
  },
  { what: 'reads a key of yours', command: 'cat ~/.ssh/id_tutorial', worksAt: ['off'] },
  { what: 'sees what else you run', command: '[ -e "/proc/$2/cmdline" ]', worksAt: ['off'] },
  { what: 'adds a line to your .bashrc', command: 'echo "# planted" >> ~/.bashrc', worksAt: ['off'] },
  { what: 'plants a git hook', command: 'echo "#!/bin/sh" > .git/hooks/pre-commit', worksAt: ['off'] },
  { what: 'makes a program that runs as you', command: 'echo > tool && chmod u+s tool', worksAt: ['off'] },
  {
    what: 'leaves an .envrc for your shell',
    command: 'echo "# planted" > .envrc',
    worksAt: ['off', 'standard', 'strict', 'maximum'],
  },
];

function scene(level: BoxedLevel, title: string, text: string): Scene {
  return {
    title,
    steps: [
      { do: 'say', text },
      { do: 'boxed', level, attempts: ATTEMPTS, gone: '.envrc' },
    ],
  };
}

const say = (text: string): Step => ({ do: 'say', text });
const PLAN = 'src/plan.txt';
const BEFORE: Files = { [PLAN]: 'one\n', Makefile: null };

const REVIEWS: readonly Scene[] = [
  {
    title: 'A task that ends badly',
    steps: [
      say('What a session wrote to a copy waits until a person has seen it.'),
      {
        do: 'works',
        what: 'deletes src',
        command: 'rm -rf src',
        before: BEFORE,
        after: { [PLAN]: null, Makefile: null },
      },
      { do: 'reviews', act: 'show', paths: [], holds: {} },
      { do: 'reviews', act: 'discard', paths: [], holds: BEFORE },
    ],
  },
  {
    title: 'A task of which you want a part',
    steps: [
      say(
        'First stands what other programs obey. A yes is for the paths that it names, and can be undone for 7 days.',
      ),
      {
        do: 'works',
        what: 'goes on with the plan, and leaves a Makefile',
        command: `echo two >> ${PLAN} && printf 'all:\\n' > Makefile`,
        before: BEFORE,
        after: { [PLAN]: 'one\ntwo\n', Makefile: 'all:\n' },
      },
      { do: 'reviews', act: 'show', paths: [], holds: {} },
      { do: 'reviews', act: 'apply', paths: [PLAN], holds: { [PLAN]: 'one\ntwo\n', Makefile: null } },
      { do: 'reviews', act: 'undo', paths: [], holds: BEFORE },
    ],
  },
];

const KEY = '~/.ssh/id_tutorial';
const FILES = ['read', 'write', 'edit', 'delete', 'list', 'glob', 'grep'].map((name) => `filesystem_${name}`);

const tries = (
  what: string,
  tool: string,
  input: Readonly<Record<string, string>>,
  works: boolean,
): Step => ({
  do: 'tries',
  what,
  tool,
  input,
  works,
});

const GOVERNED: Scene = {
  title: 'Governed tools',
  steps: [
    say(
      'An agent that you wrote, with these tools and no others: each call is decided, and done in a sandbox. The policy has no module for the web, so nothing of it is listed.',
    ),
    { do: 'takes', shown: [...FILES, 'shell_bash'], hidden: ['http_get', 'http_post'] },
    tries(
      'writes a file of the project',
      'filesystem_write',
      { file_path: 'notes.txt', content: 'done\n' },
      true,
    ),
    tries('reads it', 'filesystem_read', { file_path: 'notes.txt' }, true),
    tries('reads a key of yours', 'filesystem_read', { file_path: KEY }, false),
    tries(
      'plants a git hook',
      'filesystem_write',
      { file_path: '.git/hooks/pre-commit', content: '#!/bin/sh\n' },
      false,
    ),
    tries('reads the key with a command', 'shell_bash', { command: `cat ${KEY}` }, false),
    tries('runs a command in the project', 'shell_bash', { command: 'cat notes.txt' }, true),
    { do: 'leaves' },
  ],
};

export const TUTORIAL_6: Tutorial = {
  number: 6,
  title: 'Sandbox',
  policy: 'level standard; the level of each scene is asked for with --level',
  scenes: [
    scene('off', 'No sandbox', 'Started by itself, a program may do what you may do. Hooks do not see it.'),
    scene(
      'standard',
      'Standard',
      'The kernel shows it the project and the system, and nothing else. What it leaves for other programs of yours to obey is taken out at its end.',
    ),
    scene(
      'strict',
      'Strict',
      'The same, with more of the computer of its own: name, messages, Unix sockets.',
    ),
    scene(
      'maximum',
      'Maximum',
      'The same as strict, and what the filter denies is on the log. The project is a copy: what is written to it waits for your review, and the project itself has not changed.',
    ),
    ...REVIEWS,
    GOVERNED,
  ],
};
