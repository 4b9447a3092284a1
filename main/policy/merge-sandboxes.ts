/** What several layers ask of the sandbox, as one: the strictest level and smallest amounts; paths and hosts of trusted layers. */
import type { PolicyLayer } from './layer.ts';
import {
  SANDBOX_LEVELS,
  type SandboxLevel,
  type SandboxPolicy,
  type SandboxResources,
} from './sandbox-policy.ts';

export function mergeSandboxes(layers: readonly PolicyLayer[]): SandboxPolicy | null {
  const all = layers.flatMap(({ policy, trusted }) =>
    policy.sandbox === null ? [] : [{ sandbox: policy.sandbox, trusted }],
  );
  const trusted = all.filter((layer) => layer.trusted).map(({ sandbox }) => sandbox);
  const base = trusted[0] ?? all[0]?.sandbox;
  if (base === undefined) return null;
  const every = all.map(({ sandbox }) => sandbox);
  const networks = trusted.flatMap(({ networkAllow }) => (networkAllow === null ? [] : [networkAllow]));
  const namespaces = every.flatMap((sandbox) => sandbox.namespaces ?? []);
  return Object.freeze({
    level: levelOf(all, base.level),
    require: every.map(({ require }) => require).reduce((a, b) => (rank(b.value) > rank(a.value) ? b : a)),
    poolSize: base.poolSize,
    poolMax: base.poolMax,
    namespaces: every.every((sandbox) => sandbox.namespaces === null)
      ? null
      : Object.freeze([...new Set(namespaces)]),
    workspaceSnapshot: every.some(({ workspaceSnapshot }) => workspaceSnapshot),
    audit: every.some(({ audit }) => audit),
    sessionTimeoutSeconds: Math.min(...every.map(({ sessionTimeoutSeconds }) => sessionTimeoutSeconds)),
    idleTimeoutSeconds: Math.min(...every.map(({ idleTimeoutSeconds }) => idleTimeoutSeconds)),
    written: {
      sessionTimeout: every.some(({ written }) => written.sessionTimeout),
      idleTimeout: every.some(({ written }) => written.idleTimeout),
      // A file that is not trusted takes no undo away.
      workspaceSnapshot: trusted.some(({ written }) => written.workspaceSnapshot),
    },
    mdwe: base.mdwe,
    allowPaths: Object.freeze(trusted.flatMap(({ allowPaths }) => allowPaths)),
    networkAllow: networks.length === 0 ? null : Object.freeze(networks.flat()),
    resources: {
      memoryBytes: least(every, 'memoryBytes'),
      cpu: least(every, 'cpu'),
      processes: least(every, 'processes'),
    },
  });
}

/** A level that is written beats the default; of those that are written the strictest holds. */
function levelOf(
  all: readonly { readonly sandbox: SandboxPolicy; readonly trusted: boolean }[],
  fallback: SandboxPolicy['level'],
): SandboxPolicy['level'] {
  const written = all.filter(({ sandbox }) => sandbox.level.rule !== null);
  const trusted = written.filter((layer) => layer.trusted).map(({ sandbox }) => sandbox.level);
  const base =
    trusted.length === 0 ? { ...fallback, value: 'standard' as const, rule: null } : trusted.reduce(stricter);
  return written
    .filter((layer) => !layer.trusted)
    .map(({ sandbox }) => sandbox.level)
    .reduce(stricter, base);
}

function stricter(a: SandboxPolicy['level'], b: SandboxPolicy['level']): SandboxPolicy['level'] {
  return rank(b.value) > rank(a.value) ? b : a;
}

function rank(level: SandboxLevel | null): number {
  return level === null ? -1 : SANDBOX_LEVELS.indexOf(level);
}

function least(all: readonly SandboxPolicy[], key: keyof SandboxResources): number | null {
  const given = all.flatMap(({ resources }) => resources[key] ?? []);
  return given.length === 0 ? null : Math.min(...given);
}
