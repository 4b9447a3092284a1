/**
 * Where programs that fetch code keep it: in the server's own folder, not in the person's home, where an agent could
 * exchange what runs next time with the server's secrets.
 *
 * Sources: uv's reference of storage and of environment variables; pipx' "configure paths"; bun's documentation of
 * the install cache and oven-sh/bun pull request 31447 (bunx keeps packages in the temporary folder before it, in
 * the install cache after it); pnpm's and yarn's settings that may stand in the environment.
 */
import { join } from 'node:path';

type Runner = 'npm' | 'pnpm' | 'yarn' | 'bun' | 'uv' | 'pipx';

/** A variable and the path below the server's folder that it names. */
type Paths = readonly (readonly [variable: string, ...path: string[]])[];

const NPM: Paths = [
  ['npm_config_userconfig', 'npmrc'],
  ['npm_config_globalconfig', 'npmrc-global'],
  ['npm_config_prefix', 'npm'],
  ['npm_config_cache', 'npm-cache'],
];
const OWN: Readonly<Record<Runner, Paths>> = {
  npm: [],
  pnpm: [
    ['XDG_CACHE_HOME', 'cache'],
    ['PNPM_HOME', 'pnpm'],
    // Version 11 reads the second spelling only.
    ...['npm_config', 'pnpm_config'].flatMap((prefix): [string, ...string[]][] => [
      [`${prefix}_store_dir`, 'pnpm', 'store'],
      [`${prefix}_cache_dir`, 'pnpm', 'cache'],
    ]),
  ],
  yarn: [
    ['YARN_CACHE_FOLDER', 'yarn', 'cache'],
    ['YARN_GLOBAL_FOLDER', 'yarn'],
    ['TMPDIR', 'tmp'],
  ],
  bun: [
    ['BUN_INSTALL_CACHE_DIR', 'bun'],
    ['BUN_TMPDIR', 'tmp'],
    ['TMPDIR', 'tmp'],
  ],
  uv: [
    ['UV_CACHE_DIR', 'uv', 'cache'],
    ['UV_TOOL_DIR', 'uv', 'tools'],
    ['UV_TOOL_BIN_DIR', 'uv', 'bin'],
    ['UV_PYTHON_INSTALL_DIR', 'uv', 'python'],
    ['UV_CONFIG_FILE', 'uv.toml'],
  ],
  pipx: [
    ['PIPX_HOME', 'pipx'],
    ['PIPX_SHARED_LIBS', 'pipx', 'shared'],
    ['PIPX_BIN_DIR', 'pipx', 'bin'],
    ['PIPX_MAN_DIR', 'pipx', 'man'],
    ['PIP_CACHE_DIR', 'pip-cache'],
    ['TMPDIR', 'tmp'],
  ],
};
const RUNNERS: Readonly<Record<string, Runner>> = {
  npx: 'npm',
  npm: 'npm',
  pnpm: 'pnpm',
  pnpx: 'pnpm',
  yarn: 'yarn',
  bun: 'bun',
  bunx: 'bun',
  uv: 'uv',
  uvx: 'uv',
  pipx: 'pipx',
};

export interface RunnerPlace {
  /** Variables that name places below the folder. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of folders in it that must be there before the program starts. */
  readonly folders: readonly string[];
}

/**
 * What a server's program is told of where to keep things.
 *
 * @param program name of the program without folders, as `uvx`; null for one that fetches nothing
 * @param folder the server's own, absolute
 */
export function runnerPlace(program: string | null, folder: string): RunnerPlace {
  const runner = program === null ? undefined : RUNNERS[program];
  const paths = [...NPM, ...(runner === undefined ? [] : OWN[runner])];
  return {
    env: Object.fromEntries(paths.map(([variable, ...path]) => [variable, join(folder, ...path)])),
    folders: paths.some(([variable]) => variable === 'TMPDIR') ? ['tmp'] : [],
  };
}
