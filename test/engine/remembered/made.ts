/** Rules, patterns, commands and effects as tests of remembered answers need them. */
import type { CallAnalysis, SimpleCommand } from '../../../main/analysis/result.ts';
import type { CommandPattern, RememberedRule, RuleShape } from '../../../main/engine/remembered/rule.ts';

export function ruleOf(more: Partial<RememberedRule> = {}): RememberedRule {
  return {
    id: 'r1',
    scope: 'project',
    client: 'claude-code',
    module: 'shell',
    action: 'bash',
    app: '/p',
    session: null,
    sandboxed: false,
    shape: { kind: 'exact', fingerprint: 'f' },
    sentence: '',
    madeMicros: 0,
    endsMicros: null,
    via: 'page',
    callId: null,
    ...more,
  };
}

export function patternFrom(words: string, more: Partial<CommandPattern> = {}): CommandPattern {
  const [program = '', ...lead] = words.split(' ');
  return { program, lead, via: [], flags: null, reach: [], concerns: [], ...more };
}

export function commandsShape(
  commands: readonly CommandPattern[],
  more: Partial<Extract<RuleShape, { kind: 'commands' }>> = {},
): RuleShape {
  return { kind: 'commands', commands, sets: [], folder: null, ...more };
}

export function toolShape(
  reach: readonly string[],
  more: Partial<Extract<RuleShape, { kind: 'tool' }>> = {},
): RuleShape {
  return { kind: 'tool', reach, concerns: [], folder: null, ...more };
}

export function commandFrom(words: string, more: Partial<SimpleCommand> = {}): SimpleCommand {
  const all = words.split(' ');
  const [program = '', subcommand = ''] = all;
  return {
    words: all,
    via: [],
    at: 'workspace',
    effects: [],
    concerns: [],
    shape: { program, subcommand, flags: all.filter((word) => word.startsWith('-')) },
    ...more,
  } as SimpleCommand;
}

export function analysisOf(more: Partial<CallAnalysis> = {}): CallAnalysis {
  return {
    commands: [],
    effects: [],
    concerns: [],
    opaque: null,
    sets: [],
    runs: [],
    undo: 'unknown',
    risk: 'medium',
    ...more,
  };
}
