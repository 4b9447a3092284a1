/** What Gatehouse protects of itself, gathered for the engine's self-protection. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Protection } from '../engine/self-protection.ts';
import { autostartFile } from '../platform/autostart-file.ts';
import type { Paths } from '../platform/paths.ts';

export interface ProtectionSource {
  /** The same object until something changes: the engine prepares itself once for each. */
  current(): Protection;
  /** The agents' settings files that hold our hooks have changed. */
  setSettingsFiles(files: readonly string[]): void;
}

/**
 * Paths and processes that no call may touch: our data, settings and doors, the installed hook program, this
 * install and the runtime it runs on; and the settings files that hold our hooks, which no call may change.
 */
export function protectionOf(options: {
  home: string;
  paths: Paths;
  installRoot: string;
  settingsFiles: readonly string[];
}): ProtectionSource {
  const { home, paths, installRoot } = options;
  const appImage = process.env['APPIMAGE'];
  const fixed = [
    paths.config,
    paths.data,
    paths.run,
    paths.bin,
    installRoot,
    process.execPath,
    // What is started next time: the AppImage's own file, and what starts Gatehouse at login.
    ...(appImage === undefined || appImage === '' ? [] : [appImage]),
    ...(process.platform === 'linux' ? [autostartFile(process.env, home)] : []),
  ];
  const build = (settingsFiles: readonly string[]): Protection => ({
    paths: withTargets(fixed),
    settings: withTargets(settingsFiles),
    pids: [process.pid],
    home,
    caseInsensitive: process.platform !== 'linux',
  });
  let current = build(options.settingsFiles);
  return {
    current: () => current,
    setSettingsFiles: (files) => {
      current = build(files);
    },
  };
}

/** Those who hold agents' settings files, each with its own list; together they are what is protected. */
export function settingsHolders(protection: ProtectionSource) {
  const held = { agents: [] as readonly string[], routed: [] as readonly string[] };
  return (part: keyof typeof held) => (files: readonly string[]) => {
    held[part] = files;
    protection.setSettingsFiles([...held.agents, ...held.routed]);
  };
}

function withTargets(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => [path, canonical(path)]))];
}

function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It does not exist yet; its folder may be a link all the same.
    const folder = dirname(path);
    return folder === path ? path : join(canonical(folder), basename(path));
  }
}
