/** JSON Schema (draft 2020-12) of the policy file, for editors: completion and a first check. The compiler is stricter. */
import { behaviorDefinitions, behaviorSchema } from './behavior-schema.ts';
import { builtinCatalog } from './catalog.ts';
import { DATA_CLASSES, DEFAULT_POLICIES, RISK_LEVELS } from './compile-capabilities.ts';
import { CONTENT_ANSWERS, CONTENT_NAMES } from './content-policy.ts';
import { CREDENTIAL_FIELD_TYPES, CREDENTIAL_SCOPES, CREDENTIAL_TYPES } from './credentials-schema.ts';
import { SANDBOX_LEVELS, SANDBOX_NAMESPACES } from './sandbox-policy.ts';
import { flag, oneOf, type Schema, strict, text, texts, unset, whole } from './schema-parts.ts';

export type { Schema } from './schema-parts.ts';

/** The modules that may be named, with their actions. */
function modules(): ReadonlyMap<string, readonly string[]> {
  return new Map(
    builtinCatalog.names
      .filter((name) => !name.includes('<'))
      .map((name) => [name, [...(builtinCatalog.module(name)?.actions.keys() ?? [])]]),
  );
}

function entry(): Schema {
  const known = modules();
  const named = [...known].flatMap(([module, actions]) => [
    module,
    ...actions.map((action) => `${module}.${action}`),
  ]);
  return {
    anyOf: [
      { type: 'string', examples: named },
      strict(
        {
          module: {
            type: 'string',
            examples: [...known.keys()],
            description: 'A module; mcp covers every mcp_<server>.',
          },
          actions: {
            type: 'array',
            items: { type: 'string', examples: [...new Set([...known.values()].flat())] },
            description: 'Actions of the module; left out or empty: all of them.',
          },
          tools: texts('The same as actions.'),
          when: {
            $ref: '#/$defs/condition',
            description: 'For grants: the entry is there only while this holds.',
          },
          reason: text('Told to the agent or shown to the person.'),
        },
        'A module, or actions of it.',
        ['module'],
      ),
    ],
  };
}

function contentAnswer(): Schema {
  const one: Schema = {
    anyOf: [
      { enum: [...CONTENT_ANSWERS] },
      strict(
        { do: oneOf(CONTENT_ANSWERS, 'What is done.'), modules: texts('Only in calls to these modules.') },
        'For some modules.',
        ['do'],
      ),
    ],
  };
  return { anyOf: [...(one['anyOf'] as Schema[]), { type: 'array', items: one }] };
}

function capabilities(): Schema {
  const list = (description: string): Schema => ({
    type: 'array',
    items: { $ref: '#/$defs/entry' },
    description,
  });
  return strict(
    {
      default_policy: oneOf(
        DEFAULT_POLICIES,
        'What no rule names: auto lets it through, approve asks, block refuses.',
      ),
      max_risk_level: oneOf(
        RISK_LEVELS,
        'What is riskier is refused, unless a grant or approve entry names the action.',
      ),
      max_data_classification: oneOf(DATA_CLASSES, 'Calls that handle or hold data above it are refused.'),
      content: {
        type: 'object',
        description: 'What gate 5 does about secrets and personal data in parameters.',
        properties: Object.fromEntries(CONTENT_NAMES.map((name) => [name, { $ref: '#/$defs/content' }])),
        additionalProperties: false,
      },
      rate_limits: {
        type: 'object',
        description: 'Calls a minute, by module, module.action or "*"; 0 lifts a limit.',
        additionalProperties: whole(0, 100_000, 'Calls a minute.'),
      },
      grant: list('Let through without a question.'),
      approve: list('A person is asked.'),
      deny: list('Never, for any caller.'),
      hidden_modules: texts('Modules that agents do not see.'),
      hidden_actions: list('Actions that agents do not see.'),
      approval_timeout: unset(whole(30, 3600, 'Seconds a person has to answer; 0 is unset.')),
      observe: {
        description: 'Decide and record, but never block: true, or a list of agents.',
        anyOf: [{ type: 'boolean' }, { type: 'array', items: { type: 'string' } }],
      },
    },
    'Rules of the gates.',
  );
}

function sandbox(): Schema {
  return strict(
    {
      level: oneOf(SANDBOX_LEVELS, 'How strongly the operating system confines.'),
      require: oneOf(SANDBOX_LEVELS, 'Refuse to run with less than this.'),
      pool_size: whole(0, 32, 'Workers kept ready, 1 to 32.'),
      pool_max: whole(0, 64, 'Workers at most, 1 to 64.'),
      namespaces: {
        type: 'array',
        items: { enum: [...SANDBOX_NAMESPACES] },
        description: 'Linux namespaces.',
      },
      workspace_snapshot: flag(
        'true: work on a copy that is reviewed; false: nothing is kept for an undo either.',
      ),
      audit: flag('Record system calls.'),
      session_timeout: unset(whole(60, null, 'Seconds; 0 is unset.')),
      idle_timeout: unset(whole(30, null, 'Seconds; 0 is unset.')),
      allow_paths: texts('Paths that are seen: path to read, path:rw to write.'),
      network: strict({ allow: texts('Hosts, name:port.') }, 'Where connections may go.'),
      resources: strict(
        {
          memory: text('For example 512MB or 2GB.'),
          cpu: { type: 'number', minimum: 0, description: 'Cores, may be a fraction.' },
          processes: whole(0, null, 'At most so many.'),
        },
        'Limits.',
      ),
    },
    'The sandbox.',
  );
}

function credentials(): Schema {
  const field = strict(
    {
      name: text('Name of the field.'),
      label: text('Shown in the form.'),
      type: oneOf(CREDENTIAL_FIELD_TYPES, 'Kind of value.'),
      required: flag('Must be filled in.'),
      description: text('Shown in the form.'),
      placeholder: text('Shown while the field is empty.'),
      options: texts('For type select.'),
      default: { description: 'Not for secrets.' },
      validation_regex: text('In RE2 syntax.'),
    },
    'A field of the form.',
    ['name'],
  );
  const provider = strict(
    {
      name: text('Name by which it is referred to.'),
      label: text('Shown to people.'),
      type: oneOf(CREDENTIAL_TYPES, 'Kind of credential.'),
      scope: oneOf(CREDENTIAL_SCOPES, 'Who shares it.'),
      required: flag('Must be there.'),
      description: text('Shown in the form.'),
      oauth_provider: text('With type oauth2.'),
      fields: { type: 'array', items: field },
    },
    'A credential.',
    ['name'],
  );
  return strict(
    { required: flag('All of them must be there.'), providers: { type: 'array', items: provider } },
    'Credentials that the project needs.',
  );
}

function moduleMap(): Schema {
  return {
    type: 'object',
    description: 'The modules that agents may use at all.',
    properties: Object.fromEntries(
      [...modules().keys()].map((name) => [
        name,
        {
          type: ['object', 'null'],
          properties: {
            constraints: strict(
              { allowed_paths: texts('Paths outside the project that may be named.') },
              'Limits.',
            ),
          },
        },
      ]),
    ),
    patternProperties: { '^(?:mcp|ap)_': { type: ['object', 'null'] } },
  };
}

export function policySchema(): Schema {
  const loose = (description: string): Schema => ({ description });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Gatehouse policy',
    type: 'object',
    $defs: { entry: entry(), content: contentAnswer(), ...behaviorDefinitions() },
    properties: {
      app: {
        type: 'object',
        description: 'The project.',
        properties: {
          app_id: text('1 to 64 letters, digits, dots, dashes.'),
          name: text('Its name.'),
          version: text('In quotes.'),
        },
      },
      agents: {
        type: 'array',
        description: 'Who may use which modules; an agent that is not listed may use none.',
        items: {
          type: 'object',
          properties: {
            id: text('A client, main, or the name of a subagent.'),
            modules: { description: 'Modules or { module: [actions] }.' },
          },
          required: ['id'],
        },
      },
      tools: strict({ modules: moduleMap(), capabilities: capabilities() }, 'What agents may do.'),
      security: strict(
        { behavior: behaviorSchema(), sandbox: sandbox(), credentials_schema: credentials() },
        'Behaviour rules, sandbox and credentials.',
      ),
      runtime: loose('For a model runtime; kept and ignored.'),
    },
  };
}
