/**
 * What no policy can allow: calls aimed at Gatehouse's own files and processes, at the settings that switch
 * agents' hooks on and off, and programs that fake a person.
 *
 * Asked before the gates. It reads parameters and shell text lexically; what a program does once it runs is for
 * the sandbox. Text that merely speaks of these things is let through.
 */
import { type ActionSpec, builtinCatalog, canonicalCall, familyOf, kindOfParam } from '../policy/catalog.ts';
import { filesOfPatch } from '../policy/conditions/patch-files.ts';
import { Guard, type Touch } from './protection/guard.ts';
import type { ProtectedHit } from './protection/hit.ts';
import type { ToolCall } from './tool-call.ts';

export type { ProtectedHit } from './protection/hit.ts';

export interface Protection {
  /** Absolute, with symbolic links resolved: data, config and run folders, hook program, install folder, runtime. */
  readonly paths: readonly string[];
  /** Absolute: agents' settings files that hold our hooks. They may be read; those in an agent's folder of any project are always among them. */
  readonly settings?: readonly string[];
  /** Of the supervisor and its children. */
  readonly pids: readonly number[];
  /** The person's home folder, absolute. */
  readonly home: string;
  /** The file system does not tell upper from lower case (macOS, Windows). */
  readonly caseInsensitive?: boolean;
}

type Asked = Pick<ToolCall, 'module' | 'action' | 'params' | 'cwd' | 'app'>;

const guards = new WeakMap<Protection, Guard>();

/** Built once for each Protection object: hand in the same one as long as nothing in it changes. */
function guardOf(protection: Protection): Guard {
  const known = guards.get(protection);
  if (known !== undefined) return known;
  const made = new Guard(protection);
  guards.set(protection, made);
  return made;
}

/** Modules whose texts name files, whatever the parameter is called. */
const FILE_MODULES = new Set(['filesystem', 'notebook', 'workspace', 'lsp']);

/** Whether a call is aimed at Gatehouse itself, and why; null when it is not. No policy is asked. */
export function protects(call: Asked, protection: Protection): ProtectedHit | null {
  const { module, action } = canonicalCall(call.module, call.action);
  return protectsNamed(call, module, action, protection);
}

/** `protects` for names that are canonical already. */
export function protectsNamed(
  call: Asked,
  module: string,
  action: string,
  protection: Protection,
): ProtectedHit | null {
  const { params, cwd } = call;
  const guard = guardOf(protection);
  const spec = builtinCatalog.action(module, action);
  for (const name of Object.keys(params)) {
    const value = params[name] ?? null;
    const touch = touchOf(spec, module, action, name);
    if (typeof value !== 'string') {
      const isKnown = spec !== null && familyOf(module) === null && !takesCommand(spec);
      const inParts = Array.isArray(value) && !isKnown ? guard.argv(params, cwd) : null;
      const hit = inParts ?? guard.tree(value, cwd, touch);
      if (hit !== null) return hit;
      continue;
    }
    const kind = kindOfParam(spec, name, value);
    const check = kind === 'text' || kind === 'json' ? looseness(module, spec, name) : kind;
    const hit = textHit(guard, value, check, cwd, touch);
    if (hit !== null) return hit;
    const below = kind === 'path' && takesFolder(module, action, name) ? guard.inside(value, cwd) : null;
    if (below !== null) return below;
  }
  return module === 'filesystem' ? filesHit(guard, action, call) : null;
}

/** What a tool that is not in the catalog does is not known. */
function touchOf(spec: ActionSpec | null, module: string, action: string, name: string): Touch {
  if (spec !== null && !spec.mutating) return 'read';
  return module === 'filesystem' && action === 'copy' && name === 'source' ? 'read' : 'change';
}

/**
 * The name of the agent program that a shell command would start outside supervision; null when it starts none.
 * Such a call is decided as `agent.spawn` too, and asked about at least.
 */
export function spawnsAgent(call: Asked, protection: Protection): string | null {
  const { module, action } = canonicalCall(call.module, call.action);
  return spawnsAgentNamed(call, module, action, protection);
}

/** `spawnsAgent` for names that are canonical already. */
export function spawnsAgentNamed(
  call: Asked,
  module: string,
  action: string,
  protection: Protection,
): string | null {
  const spec = builtinCatalog.action(module, action);
  if (spec !== null && familyOf(module) === null && !takesCommand(spec)) return null;
  for (const name of Object.keys(call.params)) {
    const value = call.params[name];
    if (typeof value !== 'string' || kindOfParam(spec, name, value) !== 'command') continue;
    const agent = guardOf(protection).agentIn(value, call.cwd);
    if (agent !== null) return agent;
  }
  return null;
}

const commandSpecs = new WeakMap<ActionSpec, boolean>();

function takesCommand(spec: ActionSpec): boolean {
  const known = commandSpecs.get(spec);
  if (known !== undefined) return known;
  const takes = Object.values(spec.params).includes('command');
  commandSpecs.set(spec, takes);
  return takes;
}

type Check = 'path' | 'command' | 'url' | 'loose' | 'none';

/** What a text without a kind is checked as: the text of a file may speak of anything, an unknown tool's may be a path. */
function looseness(module: string, spec: ActionSpec | null, name: string): Check {
  if (spec === null || familyOf(module) !== null) return 'loose';
  return FILE_MODULES.has(module) && !Object.hasOwn(spec.params, name) ? 'path' : 'none';
}

function textHit(guard: Guard, value: string, check: Check, cwd: string, touch: Touch): ProtectedHit | null {
  switch (check) {
    case 'command':
      return guard.command(value, cwd);
    case 'path':
      return guard.path(value, cwd, touch);
    case 'url':
      return /^\s*file:/i.test(value) ? guard.path(value.trim(), cwd, touch) : null;
    case 'loose':
      return guard.loose(value, cwd, touch);
    case 'none':
      return null;
  }
}

/** What takes or replaces a whole folder does so with what is in it. */
function takesFolder(module: string, action: string, name: string): boolean {
  if (module === 'workspace') return /^(?:delete|restore)$/.test(action);
  if (module !== 'filesystem') return false;
  return action === 'copy' ? name === 'destination' : /^(?:delete|delete_tree|move)$/.test(action);
}

/**
 * What is named beside the parameters: files in a patch; a glob pattern counts from the folder it is looked up in;
 * a search reads all files of its folder.
 */
function filesHit(guard: Guard, action: string, call: Asked): ProtectedHit | null {
  const { pattern, path, glob, patch, input } = call.params;
  if (action === 'patch') {
    const files = [patch, input].flatMap((text) => (typeof text === 'string' ? filesOfPatch(text) : []));
    for (const file of files) {
      const hit = guard.path(file, call.cwd, 'change');
      if (hit !== null) return hit;
    }
    return null;
  }
  const folder = typeof path === 'string' && path !== '' ? path : '.';
  const names = action === 'glob' ? pattern : action === 'grep' ? glob : null;
  if (typeof names === 'string' && !/^[/~]/.test(names)) {
    const hit = guard.path(`${folder}/${names}`, call.cwd, 'read');
    if (hit !== null) return hit;
  }
  return action === 'grep' ? guard.readsInside(folder, call.cwd, call.app) : null;
}
