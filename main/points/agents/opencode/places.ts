/**
 * Where opencode looks for plugins and settings, and what there speaks against our plugin.
 *
 * Measured with 1.18.33: it loads `plugin` and `plugins` of its own folder, of every `.opencode` between the folder it
 * runs in and the root of the project, of `.opencode` in the home folder and of OPENCODE_CONFIG_DIR; and with
 * OPENCODE_PURE or `--pure`, none at all.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type AgentContext, tilde } from '../agent-context.ts';

type Place = Pick<AgentContext, 'home' | 'env'>;

/** opencode's own folder. */
export function opencodeFolder({ home, env }: Place): string {
  const moved = env['XDG_CONFIG_HOME'];
  return join(moved === undefined || moved === '' ? join(home, '.config') : resolve(moved), 'opencode');
}

/** Our plugin. */
export function opencodePlugin(place: Place): string {
  return join(opencodeFolder(place), 'plugins', 'gatehouse.js');
}

/** Folders of projects, and of the person beside opencode's own, in which plugins are found. */
export function otherPluginFolders({ home, env }: Place, projects: readonly string[]): readonly string[] {
  const moved = env['OPENCODE_CONFIG_DIR'];
  const homes = [
    join(home, '.opencode'),
    ...(moved === undefined || moved === '' ? [] : [resolve(moved)]),
    ...projects.map((root) => join(root, '.opencode')),
  ];
  return homes.flatMap((folder) => [join(folder, 'plugin'), join(folder, 'plugins')]);
}

/** What keeps our plugin from being loaded, a sentence each. */
export function opencodeSwitchProblems({ env }: Place): string[] {
  const pure = (env['OPENCODE_PURE'] ?? '').toLowerCase();
  return pure === '' || pure === '0' || pure === 'false'
    ? []
    : ['OPENCODE_PURE is set: opencode started with it loads no plugin and is not supervised'];
}

/** Plugins of others, as a person reads them: each runs in opencode's process beside ours. */
export async function pluginsBeside(
  context: AgentContext,
  projects: readonly string[],
): Promise<readonly string[]> {
  const folder = opencodeFolder(context);
  const folders = [join(folder, 'plugin'), join(folder, 'plugins'), ...otherPluginFolders(context, projects)];
  const found = await Promise.all(
    [...new Set(folders)].map(async (one) =>
      (await readdir(one).catch(() => []))
        .filter((name) => /\.[jt]s$/.test(name))
        .map((name) => join(one, name)),
    ),
  );
  return found
    .flat()
    .filter((file) => file !== opencodePlugin(context))
    .map((file) => tilde(file, context.home));
}
