/** Tutorial 2: seven gates, each of which refuses something. */
import type { JsonObject } from '../../platform/canonical-json.ts';
import type { Made, Scene, Step, Tutorial } from './tutorial.ts';

function calls(tool: string, input: JsonObject, makes: Made | null = null): Step {
  return { do: 'call', tool, input, makes };
}

/** One gate that says no to one call. */
function refuses(title: string, note: string, call: Step): Scene {
  return {
    title,
    steps: [{ do: 'say', text: note }, call, { do: 'ends', as: 'refused' }, { do: 'complete' }],
  };
}

const READ: readonly Step[] = [
  calls('Read', { file_path: 'plan.txt' }),
  { do: 'ends', as: 'allowed' },
  { do: 'complete' },
];

export const TUTORIAL_2: Tutorial = {
  number: 2,
  title: 'Seven gates',
  policy: 'each gate refuses something: what is shown, risk, permissions, rules, data, rate',
  scenes: [
    {
      title: 'Gate 0: is the app active?',
      steps: [
        { do: 'say', text: 'While the person has stopped it, nothing runs, whatever the rules say.' },
        { do: 'prompt', text: 'Write a plan.' },
        {
          do: 'decides',
          who: 'agent',
          action: 'filesystem.read',
          active: false,
          as: 'deny',
          gate: 'gate0_inactive',
        },
        {
          do: 'shows',
          shown: ['filesystem.read', 'filesystem.write', 'filesystem.edit'],
          hidden: ['filesystem.glob', 'shell.bash', 'web.fetch', 'notebook.edit', 'agent.spawn'],
        },
      ],
    },
    refuses(
      'Gate 1: may this agent use the module?',
      'main may use four modules; starting other agents is not among them.',
      calls('Task', { description: 'plan', prompt: 'Plan it.', subagent_type: 'general-purpose' }),
    ),
    refuses(
      'Gate 1: and this MCP server?',
      'No server is named either.',
      calls('mcp__notes__search', { query: 'plan' }),
    ),
    refuses(
      'Gate 1: is it hidden?',
      'What is hidden is not shown; an agent that guesses the name is refused.',
      calls('Glob', { pattern: '*' }),
    ),
    refuses(
      'Gate 2: is the risk under the cap?',
      'A shell command is high risk, and the cap is medium.',
      calls('Bash', { command: 'echo plan >> plan.txt' }, { file: 'plan.txt', text: 'plan\n' }),
    ),
    refuses(
      'Gate 3: is the permission held?',
      'A fetch needs net.http, and tools.modules does not name web.',
      calls('WebFetch', { url: 'https://example.com/', prompt: 'What is it?' }),
    ),
    {
      title: 'Gate 4: what do the rules say?',
      steps: [
        {
          do: 'say',
          text: 'Deny comes before approve, approve before grant. An approve entry asks a person.',
        },
        calls('NotebookEdit', { notebook_path: 'plan.ipynb', new_source: '1' }),
        { do: 'ends', as: 'refused' },
        calls('Write', { file_path: 'plan.txt', content: 'plan\n' }, { file: 'plan.txt', text: 'plan\n' }),
        { do: 'waits' },
        { do: 'answer', verdict: 'allow', reason: null },
        { do: 'ends', as: 'allowed' },
        { do: 'complete' },
      ],
    },
    refuses(
      'Gate 5: is the data allowed?',
      'A key stands in the parameters, and no more than internal data may pass. The log does not keep it.',
      calls(
        'Edit',
        {
          file_path: 'plan.txt',
          old_string: 'plan',
          // Made up, and in two parts, so that nothing that looks for keys takes this file for one.
          new_string: `${'AKIA'}${'QX7TUTORIAL2GATE'} is the key`,
        },
        null,
      ),
    ),
    {
      title: 'Gate 6: is it within the rate?',
      steps: [
        { do: 'say', text: 'Two reads a minute are allowed. The third is refused, with the time to wait.' },
        ...READ,
        ...READ,
        calls('Read', { file_path: 'plan.txt' }),
        { do: 'ends', as: 'refused' },
      ],
    },
  ],
};
