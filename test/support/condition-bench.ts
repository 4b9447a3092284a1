/** Conditions compiled alone, and subjects to ask them about. */
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { DEFAULT_TRACKING, namesOf } from '../../main/policy/behavior/tracking.ts';
import { builtinCatalog } from '../../main/policy/catalog.ts';
import { type Condition, compileCondition } from '../../main/policy/conditions/compile-condition.ts';
import type { DataSource } from '../../main/policy/conditions/data-source.ts';
import type { Quantifier } from '../../main/policy/conditions/scope.ts';
import { NO_DISK, type Subject } from '../../main/policy/conditions/subject.ts';
import { formatDiagnostic } from '../../main/policy/diagnostic.ts';
import { readDocument } from '../../main/policy/document.ts';
import { Reader } from '../../main/policy/reader.ts';

/** Compiles the YAML text of one condition. */
export function read(text: string, quantifier: Quantifier = 'any') {
  const { root, problems } = readDocument(text, 'p.yaml');
  const sources: DataSource[] = [];
  const made: Condition | null = compileCondition(new Reader(problems), root, {
    catalog: builtinCatalog,
    names: namesOf(DEFAULT_TRACKING),
    quantifier,
    commands: true,
    sources,
  });
  return { made, sources, errors: problems.all('error').map(formatDiagnostic) };
}

/** A session that has read one file and three since its last search. */
export const STATE: Subject['state'] = {
  has: (set, key) => set === 'read_files' && key === '/p/read',
  size: () => 0,
  counter: (name) => (name === 'reads_since_search' ? 3 : 0),
  flag: (name) => name === 'has_web_searched',
  turn: 1,
  callsThisTurn: 2,
  lastTool: 'filesystem.read',
  consecutive: 4,
  flows: (_source, text) => text.includes('leaked'),
};
/** A call of `module.action` by an agent that stands in /p. */
export function subject(tool: string, params: JsonObject = {}, more: Partial<Subject> = {}): Subject {
  const [module = '', action = ''] = tool.split('.');
  return {
    phase: 'pre',
    module,
    action,
    params,
    cwd: '/p',
    app: '/p',
    home: '/h',
    state: STATE,
    text: 'said',
    result: null,
    disk: NO_DISK,
    enforcement: 'none',
    commands: null,
    ...more,
  };
}
/** What a condition says of a subject; null when nobody can tell. @throws Error when it does not compile */
export function holds(text: string, about: Subject, quantifier: Quantifier = 'any') {
  const { made, errors } = read(text, quantifier);
  if (made === null) throw new Error(errors.join('\n'));
  return made.test(about);
}
export const edit = (params: JsonObject, more: Partial<Subject> = {}) =>
  subject('filesystem.edit', params, more);
