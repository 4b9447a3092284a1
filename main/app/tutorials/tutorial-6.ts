/** Tutorial 6: the same program of an agent's at each level, and what each of them stops on this computer. */
import type { Attempt, BoxedLevel, Scene, Tutorial } from './tutorial.ts';

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
  ],
};
