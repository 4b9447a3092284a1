/** Tutorial 5: a key that an agent's work needs and the agent never sees. */
import type { Scene, Step, Tutorial } from './tutorial.ts';

const say = (text: string): Step => ({ do: 'say', text });
const READ: readonly Step[] = [{ do: 'call', tool: 'Read', input: { file_path: 'plan.txt' }, makes: null }];

const SCENES: readonly Scene[] = [
  {
    title: 'It is missing',
    steps: [
      say('The policy wants the credential notes_key. While it is not there, nothing of a session runs.'),
      { do: 'prompt', text: 'Post my note.' },
      ...READ,
      { do: 'ends', as: 'refused' },
      { do: 'complete' },
    ],
  },
  {
    title: 'The person adds it',
    steps: [
      say('Values are typed without echo, and every change of the vault is a row.'),
      { do: 'terminal', act: 'make' },
      { do: 'terminal', act: 'add' },
      ...READ,
      { do: 'ends', as: 'allowed' },
      { do: 'complete' },
    ],
  },
  {
    title: 'A server may have it',
    steps: [
      say('A server that the person registered is started with it; an agent is never given it.'),
      { do: 'terminal', act: 'register' },
      { do: 'terminal', act: 'grant' },
    ],
  },
  {
    title: 'The first use is a question',
    steps: [
      { do: 'connects' },
      { do: 'waits' },
      { do: 'given', has: null },
      { do: 'answer', verdict: 'allow', reason: null },
      { do: 'ends', as: 'allowed' },
      { do: 'given', has: true },
    ],
  },
  {
    title: 'The agent uses it and does not see it',
    steps: [
      say('The server answers with its key in the text, as it is and in base64. Both are taken out.'),
      { do: 'uses', redacted: 2 },
      { do: 'nowhere' },
    ],
  },
  {
    title: 'It is taken away',
    steps: [
      say('The server is ended at once, and is started without it.'),
      { do: 'terminal', act: 'revoke' },
      { do: 'uses', redacted: 0 },
      { do: 'given', has: false },
      { do: 'nowhere' },
    ],
  },
];

export const TUTORIAL_5: Tutorial = {
  number: 5,
  title: 'The vault',
  policy: 'the credential notes_key is required; everything else is let through',
  scenes: SCENES,
};
