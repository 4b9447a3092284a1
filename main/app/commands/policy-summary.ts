/** `gatehouse policy explain` without a call: what a policy says on the whole, or those in force in a folder's project. */
import { createHash } from 'node:crypto';
import { decide } from '../../engine/decide.ts';
import { evalCall } from '../../engine/eval-line.ts';
import { projectRoot } from '../../engine/sessions/project-root.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { builtinCatalog } from '../../policy/catalog.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { RuleRef } from '../../policy/rule-ref.ts';
import { PRESETS } from '../policy-handlers.ts';
import { readPreset } from '../resources.ts';
import { tildePath } from '../views/words.ts';
import { answer, type CommandAnswer, type CommandParts, type CommandRequest } from './command.ts';
import { protectionHere, understandingHere } from './policy-calls.ts';

/** A file that speaks, and how far. */
export interface SummaryLayer {
  readonly layer: 'managed' | 'user' | 'project' | 'file';
  readonly file: string;
  readonly trusted: boolean;
  /** The preset that the file is to the byte; null when it is none, or a changed one. */
  readonly preset: string | null;
  readonly note: string | null;
}

/** What decides in a project, and by which files. */
export interface InForce {
  readonly policy: CompiledPolicy | null;
  readonly layers: readonly SummaryLayer[];
  /** Why nothing runs there whatever the policy says; null when nothing stands in the way. */
  readonly halted: string | null;
}

/** @throws GatehouseError `no_supervisor` */
export function inForce(parts: CommandParts, folder: string): InForce {
  const { running, home, program } = parts;
  if (running === null)
    throw new GatehouseError('no_supervisor', 'Gatehouse is not running, so no policy is in force', {
      hint: `start it, or name a file: ${program} policy explain --policy FILE`,
    });
  const app = projectRoot(folder, home);
  const { layers, overview } = running;
  const project = layers.project(app);
  const { state, sentence } = overview().policy;
  return {
    policy: layers.policy(app),
    halted: layers.halted(app),
    layers: [
      ...layers.shared().map(
        ({ name, policy, trusted }): SummaryLayer => ({
          ...{ layer: name, file: policy.file, trusted, preset: presetOf(policy) },
          note: name === 'user' && state !== 'ok' ? sentence : null,
        }),
      ),
      ...(project === null || project.state.kind === 'absent'
        ? []
        : [
            {
              ...({ layer: 'project', file: project.file, trusted: project.trusted } as const),
              preset: project.state.kind === 'good' ? presetOf(project.state.policy) : null,
              note: project.held > 0 ? `what ${project.held} earlier versions forbade holds too` : null,
            },
          ]),
    ],
  };
}

/** One file by itself. */
export function fileAlone(policy: CompiledPolicy): InForce {
  const layer = {
    layer: 'file',
    file: policy.file,
    trusted: true,
    preset: presetOf(policy),
    note: null,
  } as const;
  return { policy, layers: [layer], halted: null };
}

export async function summaryCommand(
  request: CommandRequest,
  parts: CommandParts,
  found: InForce,
  json: boolean,
): Promise<CommandAnswer> {
  const summary = await summaryOf(request, parts, found);
  return answer(json ? JSON.stringify(summary, null, 2) : textOf(summary, request.cwd, parts));
}

type Kind = 'allow' | 'approve' | 'deny';
type Counted = 'grant' | 'conditional' | 'approve' | 'deny' | 'hidden' | 'rates' | 'behavior';

interface Place {
  readonly path: string;
  readonly file: string;
  readonly line: number;
}

interface Default {
  readonly value: string;
  /** Null where no file says so. */
  readonly rule: Place | null;
}

interface Summary {
  readonly layers: readonly SummaryLayer[];
  readonly halted: string | null;
  /** Entries of each list; null where nothing is in force. */
  readonly counts: Readonly<Record<Counted, number>> | null;
  readonly defaults: { readonly policy: Default; readonly maxRisk: Default } | null;
  /** Each tool of the catalog as it is decided while nothing is known of its parameters. */
  readonly tools: Readonly<Record<Kind, readonly string[]>>;
}

async function summaryOf(request: CommandRequest, parts: CommandParts, found: InForce): Promise<Summary> {
  const { policy, layers, halted } = found;
  const rules = policy?.capabilities ?? null;
  const known = await understandingHere(parts);
  const protection = protectionHere(parts);
  const tools: Record<Kind, string[]> = { allow: [], approve: [], deny: [] };
  for (const module of builtinCatalog.names)
    for (const action of builtinCatalog.module(module)?.actions.keys() ?? []) {
      const line = JSON.stringify({ module, action, params: {}, cwd: request.cwd });
      const given = evalCall(line, protection, known);
      if (!('refused' in given))
        tools[decide(given.call, policy, given.facts).kind].push(`${module}.${action}`);
    }
  return {
    ...{ layers, halted, tools },
    counts:
      policy === null || rules === null
        ? null
        : {
            grant: rules.grant.entries.length,
            conditional: rules.grant.entries.filter(({ when }) => when !== null).length,
            approve: rules.approve.entries.length,
            deny: rules.deny.entries.length,
            hidden: rules.hidden.entries.length,
            rates: rules.rateLimits.rows.length,
            behavior: policy.behavior.rules.length,
          },
    defaults:
      rules === null
        ? null
        : {
            policy: { value: rules.defaultPolicy.value, rule: placeOf(rules.defaultPolicy.rule) },
            maxRisk: { value: rules.maxRisk.value, rule: placeOf(rules.maxRisk.rule) },
          },
  };
}

const LAYERS = { managed: 'Managed', user: 'Yours', project: 'Project', file: 'File' } as const;
const DEFAULTS: Readonly<Record<string, string>> = {
  auto: 'is let through',
  approve: 'is asked about',
  block: 'is refused',
};

const RISKS: Readonly<Record<string, string>> = {
  low: 'what has more than low risk needs a rule that names the action',
  medium: 'what has high risk needs a rule that names the action',
  high: 'up to high risk nothing is refused for its risk alone',
};

function textOf(
  { layers, halted, counts, defaults, tools }: Summary,
  cwd: string,
  parts: CommandParts,
): string {
  const line = (label: string, text: string) => `${label.padEnd(10)} ${text}`;
  const tool = (label: string, names: readonly string[]) =>
    names.length === 0 ? [] : [line(label, names.join(', '))];
  const [only] = layers;
  const example = JSON.stringify({ module: 'shell', action: 'bash', params: { command: 'ls' }, cwd });
  const file = only?.layer === 'file' ? ` --policy ${only.file}` : '';
  return [
    ...layers.map(({ layer, file: path, trusted, preset, note }) =>
      line(
        LAYERS[layer],
        [
          tildePath(path, parts.home),
          ...(preset === null ? [] : [`the preset ${preset} as it comes`]),
          ...(layer === 'project' ? [trusted ? 'trusted' : 'not trusted: it only tightens'] : []),
          ...(note === null ? [] : [note]),
        ].join('; '),
      ),
    ),
    ...(halted === null ? [] : [halted]),
    ...(counts === null || defaults === null
      ? ['No rules of tools are in force: every call is refused.']
      : [
          line(
            'Rules',
            `grant ${counts.grant} (${counts.conditional} with a condition), approve ${counts.approve}, deny ${counts.deny}, hidden ${counts.hidden}, rate limits ${counts.rates}, behaviour rules ${counts.behavior}`,
          ),
          line(
            'Otherwise',
            `what no rule names ${DEFAULTS[defaults.policy.value]}${cited(defaults.policy.rule)}`,
          ),
          line('Risk', `${RISKS[defaults.maxRisk.value] ?? ''}${cited(defaults.maxRisk.rule)}`),
        ]),
    '',
    'While nothing is known of its parameters, each tool:',
    ...tool('  Allowed', tools.allow),
    ...tool('  Asks', tools.approve),
    ...tool('  Refused', tools.deny),
    '',
    'What a call really comes to depends on what it would do. Give one to see why:',
    `  ${parts.program} policy explain${file} '${example.replaceAll("'", "'\\''")}'`,
  ].join('\n');
}

function presetOf({ hash }: CompiledPolicy): string | null {
  return PRESETS.find((name) => createHash('sha256').update(readPreset(name)).digest('hex') === hash) ?? null;
}

function placeOf(rule: RuleRef | null): Place | null {
  return rule === null ? null : { path: rule.path, file: rule.file, line: rule.line };
}

function cited(rule: Place | null): string {
  return rule === null ? ' (no file says so)' : ` (${rule.file}:${rule.line})`;
}
