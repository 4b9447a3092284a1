/** Tutorial 3: behaviour rules block, warn, remind, and ask. */
import type { Made, Step, Tutorial } from './tutorial.ts';

function writes(file: string, text: string): Step {
  const makes: Made = { file, text: `${text}\n` };
  return { do: 'call', tool: 'Write', input: { file_path: file, content: makes.text }, makes };
}

const edit = (text: string): Step => ({
  do: 'call',
  tool: 'Edit',
  input: { file_path: 'notes.txt', old_string: 'first', new_string: text },
  makes: null,
});

const allowed: readonly Step[] = [{ do: 'ends', as: 'allowed' }];

export const TUTORIAL_3: Tutorial = {
  number: 3,
  title: 'Behaviour rules',
  policy: 'the gates let all of it through; rules of a profile and one of our own say how',
  scenes: [
    {
      title: 'A rule that blocks',
      steps: [
        {
          do: 'say',
          text: 'The call does not run. The agent reads why and which rule, and can do it another way.',
        },
        { do: 'prompt', text: 'Keep the first note.' },
        { do: 'speaks', text: 'I will write the note down.' },
        writes('secrets/notes.txt', 'first'),
        { do: 'ends', as: 'refused' },
        { do: 'complete' },
        writes('notes.txt', 'first'),
        ...allowed,
        { do: 'reads', rule: null },
        { do: 'complete' },
      ],
    },
    {
      title: 'A rule that warns, and one that reminds',
      steps: [
        {
          do: 'say',
          text: 'The call runs. What there is to say stands beside its answer, or beside its result.',
        },
        edit('second'),
        ...allowed,
        { do: 'reads', rule: 'read_before_edit' },
        { do: 'complete' },
        { do: 'reads', rule: 'verify_after_edit' },
        { do: 'say', text: 'Once the file has been read, there is nothing to warn of.' },
        { do: 'call', tool: 'Read', input: { file_path: 'notes.txt' }, makes: null },
        ...allowed,
        { do: 'complete' },
        edit('third'),
        ...allowed,
        { do: 'reads', rule: null },
        { do: 'complete' },
        { do: 'reads', rule: 'verify_after_edit' },
      ],
    },
    {
      title: 'A rule that can be confirmed',
      steps: [
        { do: 'say', text: 'A destructive command is blocked until a person lets this one call through.' },
        {
          do: 'call',
          tool: 'Bash',
          input: { command: 'rm -rf build', description: 'Clean up' },
          makes: null,
        },
        { do: 'waits' },
        { do: 'answer', verdict: 'deny', reason: 'The build is still needed.' },
        { do: 'ends', as: 'denied' },
      ],
    },
    {
      title: 'Rules about what the agent says',
      steps: [
        { do: 'prompt', text: 'And what is a notary?' },
        { do: 'say', text: 'The first tool of a turn comes without a word of what is planned.' },
        { do: 'call', tool: 'Read', input: { file_path: 'notes.txt' }, makes: null },
        ...allowed,
        { do: 'reads', rule: 'plan_before_execute' },
        { do: 'complete' },
        { do: 'speaks', text: "I'm not sure what a notary does." },
        { do: 'stops' },
        { do: 'reads', rule: 'web_search_when_unknown' },
      ],
    },
  ],
};
