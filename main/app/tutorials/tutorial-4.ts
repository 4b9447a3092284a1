/** Tutorial 4: hidden is not shown to an agent, and Gatehouse itself may call it; denied is nobody's. */
import type { Tutorial } from './tutorial.ts';

export const TUTORIAL_4: Tutorial = {
  number: 4,
  title: 'Hidden against deny',
  policy: 'glob is hidden, changing notebooks is denied; everything else may run',
  scenes: [
    {
      title: 'What an agent is shown',
      steps: [
        { do: 'say', text: 'Neither is shown: what an agent never sees it cannot try.' },
        { do: 'prompt', text: 'Find the notebooks and tidy them.' },
        {
          do: 'shows',
          shown: ['filesystem.read', 'filesystem.grep', 'notebook.read'],
          hidden: ['filesystem.glob', 'notebook.edit'],
        },
      ],
    },
    {
      title: 'Hidden, and tried all the same',
      steps: [
        {
          do: 'say',
          text: 'Claude Code has tools of its own, so its agent may try. Gate 1 refuses, and the log has it.',
        },
        { do: 'call', tool: 'Glob', input: { pattern: '**/*.ipynb' }, makes: null },
        { do: 'ends', as: 'refused' },
        { do: 'say', text: "Gatehouse's own hooks, setup and channels may call what is hidden." },
        { do: 'decides', who: 'hook', action: 'filesystem.glob', active: true, as: 'allow', gate: null },
      ],
    },
    {
      title: 'Denied',
      steps: [
        { do: 'say', text: 'Gate 4 refuses an agent and everybody else.' },
        {
          do: 'call',
          tool: 'NotebookEdit',
          input: { notebook_path: 'a.ipynb', new_source: '1' },
          makes: null,
        },
        { do: 'ends', as: 'refused' },
        {
          do: 'decides',
          who: 'hook',
          action: 'notebook.edit',
          active: true,
          as: 'deny',
          gate: 'gate4_policy',
        },
      ],
    },
  ],
};
