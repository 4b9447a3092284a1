/** Tutorial 7: what happened stands on the log, and whoever changes a copy of it is found out. */
import type { Step, Tutorial } from './tutorial.ts';

function writes(file: string, text: string): Step {
  const content = `${text}\n`;
  return { do: 'call', tool: 'Write', input: { file_path: file, content }, makes: { file, text: content } };
}

export const TUTORIAL_7: Tutorial = {
  number: 7,
  title: 'What happened, provably',
  policy: 'files may be read and written; a rule blocks what is written below secrets/',
  scenes: [
    {
      title: 'An agent works',
      steps: [
        { do: 'say', text: 'Each call is on the log before the agent has its answer, the refused ones too.' },
        { do: 'prompt', text: 'Keep a note, and the key beside it.' },
        writes('notes.txt', 'remember'),
        { do: 'ends', as: 'allowed' },
        { do: 'complete' },
        { do: 'copies' },
        writes('secrets/key.txt', 'open sesame'),
        { do: 'ends', as: 'refused' },
        { do: 'complete' },
        { do: 'call', tool: 'Read', input: { file_path: 'notes.txt' }, makes: null },
        { do: 'ends', as: 'allowed' },
        { do: 'complete' },
      ],
    },
    {
      title: 'The timeline tells it',
      steps: [
        { do: 'say', text: 'The same rows, read by `gatehouse audit query`, with filters that compose.' },
        {
          do: 'told',
          query: ['--calls'],
          lines: ['allowed filesystem.write', 'refused filesystem.write', 'allowed filesystem.read'],
        },
        {
          do: 'told',
          query: ['--calls', '--action', 'filesystem.*', '--outcome', 'refused'],
          lines: ['refused filesystem.write'],
        },
        {
          do: 'told',
          query: ['--calls', '--text', 'notes'],
          lines: ['allowed filesystem.write', 'allowed filesystem.read'],
        },
      ],
    },
    {
      title: 'Somebody changes it',
      steps: [
        {
          do: 'say',
          text: 'In copies of its folder, as somebody could who runs as you. `gatehouse audit verify` on each copy.',
        },
        { do: 'tampers', how: 'not', as: null },
        { do: 'tampers', how: 'edit', as: 'edited' },
        { do: 'tampers', how: 'delete', as: 'deleted' },
        { do: 'tampers', how: 'cut', as: 'truncated' },
        { do: 'tampers', how: 'older', as: 'rolled_back' },
        { do: 'tampers', how: 'record', as: 'checkpoint_edited' },
      ],
    },
    {
      title: 'A stranger checks it',
      steps: [
        {
          do: 'say',
          text: 'Who gets an export and the public key needs Node and one script, resources/verify-export.mjs.',
        },
        { do: 'exports' },
      ],
    },
  ],
};
