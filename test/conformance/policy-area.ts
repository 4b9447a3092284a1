/** grant_syntax, validate and redact: what the compiler reads, and what the log may keep. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PolicyLayers, PROJECT_FILE } from '../../main/app/policy-layers.ts';
import { TrustBook } from '../../main/app/trust-book.ts';
import { decide } from '../../main/engine/decide.ts';
import { NO_RATE } from '../../main/engine/rate-window.ts';
import { redact } from '../../main/engine/redaction.ts';
import type { JsonObject } from '../../main/platform/canonical-json.ts';
import { compilePolicy, formatDiagnostic } from '../../main/policy/compile.ts';
import { runApproval } from './approval-area.ts';
import { type Case, type Json, type JsonMap, mapOf, type Outcome, sameJson, textOf } from './cases.ts';
import { callOf, sameGist } from './gates-area.ts';
import { permissiveCatalog } from './permissive-catalog.ts';

export function runGrantSyntax({ input, expected }: Case): Outcome {
  const entry = textOf(input['yaml']);
  const text = `tools:\n  capabilities:\n    grant:\n      - ${entry.replaceAll('\n', '\n        ')}\n`;
  const result = compilePolicy(text, 'case.yaml', { catalog: permissiveCatalog([]) });
  const wanted = expected['error'];
  if (!result.ok) {
    const found = result.diagnostics.map(formatDiagnostic).join('\n');
    if (wanted === undefined) return `does not compile: ${found}`;
    // What is wrong with an entry's shape is told in our words, at its place.
    return /expected scalar or mapping/.test(textOf(wanted))
      ? /grant\[0\]: expected .*mapping/.test(found)
        ? null
        : `says ${found}`
      : sameGist(found, textOf(wanted));
  }
  if (wanted !== undefined) return 'compiles, and must not';
  const parsed = result.policy.capabilities?.grant.entries[0];
  return sameJson(
    { module: parsed?.module, actions: parsed?.actions ?? null, reason: parsed?.reason ?? '' },
    { module: expected['module'], actions: expected['actions'] ?? null, reason: expected['reason'] ?? '' },
  );
}

/** A file with one value at a dotted path; numbers in the path are list positions. */
export function fileWith(path: string, value: Json): Json {
  return path
    .split(/\.|\[|\]\.?/)
    .filter((part) => part !== '')
    .reverse()
    .reduce<Json>((inner, part) => (/^\d+$/.test(part) ? [inner] : { [part]: inner }), value);
}

export function runValidate({ input, expected }: Case): Outcome {
  if (input['approval'] !== undefined) return runApproval(mapOf(input['approval']), expected);
  if (input['project_file'] !== undefined) return runProjectFile(input, expected);
  const path = textOf(input['path']);
  const file = path === '' ? input : fileWith(path, input['value'] ?? null);
  const result = compilePolicy(JSON.stringify(file), 'case.yaml');
  const found = result.ok ? '' : result.diagnostics.map(formatDiagnostic).join('\n');
  if (expected['ok'] === true) return result.ok ? null : `does not compile: ${found}`;
  if (result.ok) return 'compiles, and must not';
  const gist = sameGist(found, textOf(expected['error'] ?? expected['error_contains']));
  const allowed = Array.isArray(expected['allowed']) ? expected['allowed'].map(textOf) : [];
  return (
    gist ??
    (allowed.every((word) => found.includes(word))
      ? null
      : `names not all of ${allowed.join(', ')}: ${found}`)
  );
}

export function runRedact({ input, expected }: Case): Outcome {
  const params = mapOf(input['params']) as JsonObject;
  const before = JSON.stringify(params);
  const found = redact(params);
  return (
    sameJson(found, expected['params']) ??
    (JSON.stringify(params) === before ? null : 'the input was changed')
  );
}

/** A file in a repository, whatever it is called, lets nothing through that the person's policy does not. */
function runProjectFile(input: JsonMap, expected: JsonMap): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-project-'));
  try {
    const grants = `tools: { capabilities: { grant: [${textOf(mapOf(input['call'])['module'])}] } }`;
    const files: Readonly<Record<string, Json>> = { [PROJECT_FILE]: grants, ...mapOf(input['project_file']) };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), textOf(text));
    }
    const own = compilePolicy(
      JSON.stringify({ tools: { capabilities: { default_policy: input['app_default'] ?? 'approve' } } }),
      'policy.yaml',
    );
    if (!own.ok) return own.diagnostics.map(formatDiagnostic).join('; ');
    const layers = new PolicyLayers({
      user: () => own.policy,
      managedFile: null,
      trust: new TrustBook({ read: () => null, write: () => undefined }),
      live: () => false,
      onEvent: () => undefined,
    });
    const { module, action } = mapOf(input['call']);
    const call = { ...callOf(textOf(module), textOf(action), 'llm'), app: folder, cwd: folder };
    const { kind } = decide(call, layers.policy(folder), {
      appActive: true,
      rate: NO_RATE,
      protection: { paths: [], pids: [], home: '/home/case' },
    });
    return sameJson(kind, expected['decision']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
