/**
 * Gate 5: is the data within what the policy lets pass? Asked of every caller.
 *
 * Two things are looked at. The label of the action: where a ceiling is set, an action without a label counts as
 * internal and one with an unknown label as restricted. And the parameters themselves: secrets and personal data
 * in them have a label of their own, and the policy may say for each class that it is denied, asked about or taken
 * out. Values of the open vault are found too, and asked about where no rule says otherwise: an agent that was never
 * given one has it from somewhere. What was found is named by its class and place, never repeated.
 */
import { CLASS_WORDS } from '../../analysis/content/content-class.ts';
import { type KnownSecrets, scanFor } from '../../analysis/content/known-secrets.ts';
import { redactParams } from '../../analysis/content/redact-content.ts';
import type { ParamFinding } from '../../analysis/content/scan-params.ts';
import type { JsonObject } from '../../platform/canonical-json.ts';
import { familyOf } from '../../policy/catalog.ts';
import { CONTENT_KINDS, type ContentAnswer } from '../../policy/content-policy.ts';
import { quoted } from '../../policy/diagnostic.ts';
import type { CompiledPolicy, ContentLayer, Setting } from '../../policy/policy.ts';
import {
  type Answer,
  atLine,
  citing,
  type Gate,
  labelOf,
  PASSED,
  passed,
  type Question,
  stopped,
} from './question.ts';

const RANK: ReadonlyMap<string, number> = new Map([
  ['public', 0],
  ['internal', 1],
  ['confidential', 2],
  ['restricted', 3],
]);
const UNLABELLED = 1;
const UNKNOWN_LABEL = 3;
const STRICTNESS: Readonly<Record<ContentAnswer, number>> = { allow: 0, redact: 1, approve: 2, deny: 3 };
const ADVICE = 'Take it out; name the file or variable that holds it instead.';

function ask(question: Question): Answer {
  const label = askLabel(question);
  return label.kind === 'passed' ? askContent(question) : label;
}

function askLabel(question: Question): Answer {
  const { policy, spec } = question;
  const ceiling = policy.capabilities?.maxClass ?? null;
  if (ceiling === null || ceiling.value === null) return PASSED;
  const data = (spec?.classification ?? '').trim().toLowerCase();
  const rank = data === '' ? UNLABELLED : (RANK.get(data) ?? UNKNOWN_LABEL);
  if (rank <= (RANK.get(ceiling.value) ?? -1)) return PASSED;
  const shown = data === '' ? 'internal data' : `${RANK.has(data) ? data : quoted(data)} data`;
  return stopped(
    `${shown}, cap ${ceiling.value}`,
    `${labelOf(question)} handles ${shown}, and the policy allows at most ${ceiling.value}${citing(ceiling.rule)}. Use a tool that does not touch it.`,
    ceiling.rule,
  );
}

function askContent(question: Question): Answer {
  const { policy, call, module, fromModel, facts } = question;
  const forms = looksAtContent(policy);
  const known = knownOf(facts.secrets);
  if (!forms && known === null) return PASSED;
  const { findings, incomplete } = scanFor({ forms, known }, call.params);
  if (incomplete)
    return asksOrStops(
      fromModel,
      'too long to look through',
      `The parameters of ${labelOf(question)} are too long to be looked through for secrets and personal data.`,
      null,
    );
  const worst = strictest(policy, module, findings);
  if (worst === null) return PASSED;
  const { finding, answer } = worst;
  const what = CLASS_WORDS[finding.class];
  const where = `The parameter ${quoted(finding.param)} holds ${what}`;
  switch (answer.value) {
    case 'deny':
      return stopped(
        `${what}${atLine(answer.rule)}`,
        `${where}, which the policy does not let pass${citing(answer.rule)}. ${ADVICE}`,
        answer.rule,
      );
    case 'redact':
      if (facts.rewrites === true && redacted(policy, module, call.params, known) !== null)
        return passed(`takes out ${what}`);
      return asksOrStops(
        fromModel,
        `${what}${atLine(answer.rule)}`,
        `${where}, which the policy wants taken out${citing(answer.rule)}, and that cannot be done here.`,
        answer.rule,
      );
    default:
      return asksOrStops(
        fromModel,
        `${what}${atLine(answer.rule)}`,
        `${where}${citing(answer.rule)}.`,
        answer.rule,
      );
  }
}

/**
 * The parameters without what the policy wants taken out; null when there is nothing of the kind, or when it
 * stands where it cannot be taken out.
 */
export function redacted(
  policy: CompiledPolicy,
  module: string,
  params: JsonObject,
  known: KnownSecrets | null = null,
): JsonObject | null {
  if (!looksAtContent(policy)) return null;
  return redactParams(params, (finding) => answerTo(policy, module, finding)?.value === 'redact', {
    forms: true,
    known,
  });
}

/** Null when there is nothing to look for. */
function knownOf(secrets: KnownSecrets | null | undefined): KnownSecrets | null {
  return secrets == null || secrets.isEmpty ? null : secrets;
}

/** A person is asked about models' calls only. */
function asksOrStops(
  fromModel: boolean,
  note: string,
  reason: string,
  rule: Setting<unknown>['rule'],
): Answer {
  return fromModel
    ? { kind: 'asks', note, rule, reason }
    : stopped(note, `${reason} Nobody can be asked about the supervisor's own call.`, rule);
}

function looksAtContent({ capabilities }: CompiledPolicy): boolean {
  return (
    capabilities?.content.some(
      ({ rules, ceiling }) =>
        rules.rows.length > 0 || (ceiling.value !== null && ceiling.value !== 'restricted'),
    ) ?? false
  );
}

function strictest(
  policy: CompiledPolicy,
  module: string,
  findings: readonly ParamFinding[],
): { finding: ParamFinding; answer: Setting<ContentAnswer> } | null {
  let worst: { finding: ParamFinding; answer: Setting<ContentAnswer> } | null = null;
  for (const finding of findings) {
    const answer = answerTo(policy, module, finding);
    if (answer === null || answer.value === 'allow') continue;
    if (worst === null || STRICTNESS[answer.value] > STRICTNESS[worst.answer.value])
      worst = { finding, answer };
  }
  return worst;
}

/** The strictest that any layer says. About a value of the vault a person is asked where none says anything. */
function answerTo(
  policy: CompiledPolicy,
  module: string,
  finding: ParamFinding,
): Setting<ContentAnswer> | null {
  let worst: Setting<ContentAnswer> | null = null;
  if (finding.confidence === 'low') return null;
  for (const layer of policy.capabilities?.content ?? []) {
    const own = layerAnswer(layer, module, finding);
    // Whoever may only tighten does not lift what holds without a rule.
    if (own?.value === 'allow' && layer.tightensOnly === true) continue;
    if (own !== null && (worst === null || STRICTNESS[own.value] > STRICTNESS[worst.value])) worst = own;
  }
  return worst ?? (finding.class === 'vault_secret' ? VAULT_DEFAULT : null);
}

const VAULT_DEFAULT: Setting<ContentAnswer> = Object.freeze({ value: 'approve', rule: null });

/** A layer's row for the class; without one its ceiling, which refuses what is above it. */
function layerAnswer(
  { rules, ceiling }: ContentLayer,
  module: string,
  finding: ParamFinding,
): Setting<ContentAnswer> | null {
  const said = rules.of(finding.class, module, familyOf(module));
  if (said !== null) return said;
  const { value, rule } = ceiling;
  const rank = RANK.get(CONTENT_KINDS[finding.class].label) ?? UNKNOWN_LABEL;
  return value === null || rank <= (RANK.get(value) ?? -1) ? null : { value: 'deny', rule };
}

export const gate5Classification: Gate = { code: 'gate5_classification', number: 5, ask };
