/** Behaviour rules compiled alone, from the lines below `security.behavior`. */
import type { BehaviorPolicy } from '../../main/policy/behavior/behavior-policy.ts';
import type { BundleFile } from '../../main/policy/behavior/profile-file.ts';
import { type CompileOptions, compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';

export interface Compiled {
  readonly behavior: BehaviorPolicy | null;
  readonly errors: readonly string[];
  readonly notes: readonly string[];
}

/** Of lines below `security.behavior`; they begin in line 4. */
export function compiled(behavior: string, options: CompileOptions = {}): Compiled {
  const text = `tools: { capabilities: {} }\nsecurity:\n  behavior:\n${behavior.replaceAll(/^/gm, '    ')}\n`;
  const result = compilePolicy(text, 'p.yaml', options);
  if (!result.ok)
    return {
      behavior: null,
      errors: result.diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic),
      notes: [],
    };
  const { policy, notes } = result;
  return { behavior: policy.behavior, errors: [], notes: notes.map(formatDiagnostic) };
}
/** The mistakes alone, as text. */
export const errors = (behavior: string, options: CompileOptions = {}) => compiled(behavior, options).errors;
/** @throws Error when it does not compile */
export function made(behavior: string, options: CompileOptions = {}): BehaviorPolicy {
  const found = compiled(behavior, options);
  if (found.behavior === null) throw new Error(found.errors.join('\n'));
  return found.behavior;
}
/** Finds every profile in one text. */
export const withFile =
  (text: string): NonNullable<CompileOptions['findProfile']> =>
  (name): BundleFile => ({ file: `behavior/${name}.yaml`, text });
