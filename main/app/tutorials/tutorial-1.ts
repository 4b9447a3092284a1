/** Tutorial 1: a call pauses until a person answers; yes, no, and no answer at all. */
import type { Step, Tutorial } from './tutorial.ts';

/** A shell command that makes a file. */
function wants(file: string, text: string): Step {
  return {
    do: 'call',
    tool: 'Bash',
    input: { command: `echo ${text} >> ${file}`, description: `Make ${file}` },
    makes: { file, text: `${text}\n` },
  };
}

export const TUTORIAL_1: Tutorial = {
  number: 1,
  title: 'Ask first',
  policy: "every shell command needs a person's yes; no answer in 60 s is a no",
  scenes: [
    {
      title: 'A yes',
      steps: [
        { do: 'say', text: 'While a call waits, nothing of it happens. After a yes it runs once.' },
        { do: 'prompt', text: 'Make a file hello.txt.' },
        wants('hello.txt', 'hello'),
        { do: 'waits' },
        { do: 'answer', verdict: 'allow', reason: null },
        { do: 'ends', as: 'allowed' },
        { do: 'complete' },
        { do: 'reply', done: 'hello.txt is made.', stopped: 'I was not allowed to make hello.txt.' },
      ],
    },
    {
      title: 'A no',
      steps: [
        { do: 'say', text: 'A no reaches the agent with its reason, so that it can go on without.' },
        { do: 'prompt', text: 'Make a file again.txt as well.' },
        wants('again.txt', 'again'),
        { do: 'waits' },
        { do: 'answer', verdict: 'deny', reason: 'One file is enough.' },
        { do: 'ends', as: 'denied' },
        { do: 'complete' },
        { do: 'reply', done: 'again.txt is made.', stopped: 'I left again.txt alone.' },
      ],
    },
    {
      title: 'No answer',
      steps: [
        { do: 'say', text: 'When time is up the call is denied, and nobody is said to have denied it.' },
        { do: 'prompt', text: 'Then make a file later.txt.' },
        wants('later.txt', 'later'),
        { do: 'waits' },
        { do: 'time_passes', seconds: 60 },
        { do: 'ends', as: 'expired' },
        { do: 'complete' },
        {
          do: 'reply',
          done: 'later.txt is made.',
          stopped: 'Nobody answered, so I did not make later.txt. Ask me again when you are there.',
        },
      ],
    },
  ],
};
