/** Package managers: what they fetch and run, what they give away. */
import { inlineCode } from '../inline/inline.ts';
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, hasHole, plain, shown, TAINT, UNKNOWN, type Word } from '../shell/text.ts';
import { PACKAGE_MANAGERS, type PackageRow } from '../tables/package-managers.ts';
import { notesBuilt } from './built-folders.ts';
import { compilerRuns, writtenSources } from './compilers.ts';
import { noteFetched } from './fetched.ts';
import { goModules } from './go-modules.ts';
import { setScripts } from './package-scripts.ts';
import { namedElsewhere } from './package-specs.ts';
import { RUNNERS, runsWorkspace } from './runners.ts';

/** Domains that everybody takes packages from. */
const USUAL_INDEX =
  /^https?:\/\/(?:(?:[\w-]+\.)*(?:npmjs\.org|yarnpkg\.com|pkg\.github\.com|pypi\.org|pythonhosted\.org|pytorch\.org|anaconda\.org|anaconda\.com|crates\.io|rubygems\.org|golang\.org|npmmirror\.com|tuna\.tsinghua\.edu\.cn|mirrors\.aliyun\.com|pyg\.org)|localhost|127\.0\.0\.1)(?:[/:]|$)/;

function manager(row: PackageRow): Program {
  return (call) => {
    const given = parseOptions(call.args, { values: row.values ?? '', long: row.long ?? [] });
    const verb = given.operands[0]?.text ?? (row.installs.includes('') ? '' : undefined);
    if (verb === undefined) {
      if (/^(?:yarn|bundle)$/.test(call.name)) installs(call, row);
      else if (call.args.some(({ text }) => row.installs.includes(text))) installs(call, row);
      return UNKNOWN;
    }
    // Behind a verb `--version` says which one is meant.
    if (given.has('help') || /^(?:help|version)$/.test(verb)) return UNKNOWN;
    const isDry = given.has('dry-run', 'dryrun', 'simulate');
    const second = given.operands[1]?.text ?? '';
    if (row.publishes.includes(verb) && !isDry && !isWordOnly(call.name, verb, second))
      call.deed.concern('service', `publishes through ${call.name}`);
    else if (row.retracts.includes(verb) && !isDry) {
      if (row.machine === true) call.deed.concern('destroys', 'takes programs off the machine');
      else if (!/^(?:ls|list)$/.test(second))
        call.deed.concern('service', `changes what the registry offers`);
      if (/^(?:unpublish|yank|purge)$/.test(verb))
        call.deed.concern('destroys', `${call.name} ${verb} cannot be taken back`);
    } else if (row.accounts?.includes(verb) === true) accounts(call, verb);
    else if (row.runs.includes(verb)) {
      noteFetched(call);
      call.deed.effect({ kind: 'run', what: 'workspace_code', file: manifestOf(call) });
      writtenScripts(call);
      notesBuilt(call);
      // With a version it is fetched and run at once.
      if (call.name === 'go') {
        if (call.args.some(({ text }) => text.includes('@'))) goModules(call, true);
        if (call.args.some(({ stream }) => stream !== null)) call.deed.opaque('go runs what it is handed');
        writtenSources(call);
        compilerRuns(call);
        const at = call.args.findIndex(({ text }) => text === '-o');
        const target = call.args[at + 1]?.text ?? HOLE;
        // A name that a Makefile keeps is the project's.
        if (verb === 'build' && at > 0 && !hasHole(target)) call.deed.writes(target);
      }
    } else if (row.installs.includes(verb) || (row.installs.includes('') && given.operands.length > 0))
      installs(call, row);
    else if (
      /^(?:yarn|pnpm|bun)$/.test(call.name) &&
      !/^(?:ls|list|why|outdated|info|view|config|cache|store|root|bin|remove|rm|uninstall|un|prune|licenses|pack|patch|dedupe)$/.test(
        verb,
      )
    )
      call.deed.effect({ kind: 'run', what: 'workspace_code', file: manifestOf(call) });
    if (
      verb === 'config' &&
      second === 'set' &&
      /registry|index|find-links|trusted-host|script-shell|proxy|cafile|strict-ssl|ignore-scripts|_auth|token/i.test(
        given.operands[2]?.text ?? '',
      )
    )
      call.deed.concern('persistence', `changes the settings of ${call.name}`);
    if (verb === 'config' && second === 'get' && SECRET_SETTING.test(given.operands[2]?.text ?? ''))
      call.deed.concern('secret', `shows a secret of ${call.name}`);
    if (verb === 'set-script' || (verb === 'pkg' && second === 'set')) setScripts(call, verb, given.operands);
    if (
      /^(?:cargo|bundle|shards|nimble)$/.test(call.name) &&
      /^(?:install|add)$/.test(verb) &&
      given.has('git', 'github')
    )
      call.deed.concern('outside_code', 'installs a program out of a repository');
    if (call.name === 'cargo') for (const one of given.values('config')) cargoSetting(call, plain(one.text));
    if (call.name === 'go' && verb === 'env' && given.has('w'))
      call.deed.concern('persistence', 'changes the settings of go');
    if (
      verb === 'config' &&
      given.has('add', 'append', 'prepend', 'set') &&
      /^(?:conda|mamba|micromamba)$/.test(call.name)
    )
      call.deed.concern('persistence', `changes the settings of ${call.name}`);
    if (verb === 'cache' && /^(?:clean|clear|purge)$/.test(second))
      call.deed.effect({ kind: 'delete', path: `the cache of ${call.name}`, at: 'home' });
    return UNKNOWN;
  };
}

const SECRET_SETTING = /auth|token|passw|secret|credential/i;

/** Settings of cargo that name another program, or another place to take code from. */
function cargoSetting(call: Call, text: string): void {
  if (/wrapper|linker|runner|rustc|replace-with|registry|source\.|credential|alias/i.test(text))
    call.deed.concern('outside_code', 'tells cargo which program or source to use');
}

/** `dotnet nuget list` only looks. */
function isWordOnly(name: string, verb: string, second: string): boolean {
  if (name === 'dotnet') return verb === 'nuget' && second !== 'push' && second !== 'delete';
  return name === 'pod' ? second !== 'push' : false;
}

function accounts(call: Call, verb: string): void {
  if (/^(?:login|adduser|add-user|signin)$/.test(verb))
    call.deed.concern('service', `signs in to the registry of ${call.name}`);
  else if (verb === 'token' || verb === 'profile')
    call.deed.concern('secret', `shows or makes tokens of ${call.name}`);
}

function manifestOf(call: Call): string | null {
  const name = /^(?:npm|pnpm|yarn|bun|cnpm)$/.test(call.name) ? 'package.json' : null;
  return name === null ? null : shown(call.deed.path(name));
}

/** The scripts of a manifest that this very call wrote: they are what runs. */
function writtenScripts(call: Call): void {
  if (manifestOf(call) === null) return;
  const written = call.files.get(call.deed.path('package.json'));
  if (written === undefined) return;
  call.deed.runsFile('package.json', call.name);
  if (written.text === null) return;
  try {
    const { scripts } = JSON.parse(plain(written.text)) as { scripts?: Record<string, unknown> };
    for (const text of Object.values(scripts ?? {}))
      if (typeof text === 'string') call.script({ text, taint: written.taint, by: call.name });
  } catch {
    call.deed.opaque(`what ${call.name} finds in the package.json that it is handed is not known`);
  }
}

/** The recipes of a makefile that this very call wrote. */
function writtenRecipes(call: Call, path: string): void {
  const written = call.files.get(path);
  if (written?.text == null) return;
  const recipes = plain(written.text)
    .split('\n')
    .filter((line) => line.startsWith('\t'))
    .map((line) => line.replace(/^\t[@+-]*/, ''));
  if (recipes.length > 0) call.script({ text: recipes.join('\n'), taint: written.taint, by: call.name });
}

/** Not for `npm ci` in a folder: what is named there is where it goes. */
function verbInstalls(verb: string | undefined): boolean {
  return /^(?:install|i|add|get|require|tool|pip)$/.test(verb ?? '');
}

/** Options of package managers whose value is no package. */
const NO_PACKAGE =
  /^(?:-[rcmiftCpwo]|--(?:requirement|constraint|target|root|prefix|index-url|extra-index-url|find-links|index|registry|python|group|extra|optional|platform|filter|workspace|dir|cwd|cache-dir|cache|features|version|tag|save-prefix|omit|include|source|config-settings|global-option|install-dir|bin-dir|path|manifest-path|directory|project|with|loglevel|platform|platforms|config|name|channel|log|proxy|timeout|retries|build-option|only-binary|no-binary|report|src|env|target-dir|output-path|scratch-path|allow-writing-to-directory))$/;

/** The words behind the verb that name packages. */
function namedBehind(call: Call, row: PackageRow): readonly Word[] {
  const at = call.args.findIndex(({ text }) => row.installs.includes(text));
  return call.args
    .slice(at + 1)
    .flatMap((one, index, all) => {
      const glued = /^--(?:git|from|with|url|editable)=(.+)$/s.exec(one.text)?.[1];
      if (glued !== undefined) return [{ ...one, text: glued }];
      const before = all[index - 1]?.text ?? '';
      // `pip download -d folder`
      const isFolder = /^(?:-d|--dest|-w|--wheel-dir)$/.test(before) && /^(?:pip3?|uv)$/.test(call.name);
      return isFolder || NO_PACKAGE.test(before) ? [] : [one];
    })
    .filter(({ text }) => !/^(?:install|add|sync|pip|tool|remove)$/.test(text));
}

/** Programs for the person alone, by their names in the common collection, as `npm install -g` puts them. */
function isFormula({ name, args }: Call): boolean {
  const [verb, ...words] = args.map(({ text }) => text);
  return (
    name === 'brew' &&
    /^(?:install|upgrade|reinstall)$/.test(verb ?? '') &&
    words.length > 0 &&
    words.every((word) => /^(?:[a-z\d][a-z\d@.+_-]*|--?(?:q|quiet|formula|formulae))$/.test(word))
  );
}

/** What is named may be anything on the registry; what is not there by name is of unknown origin. */
function installs(call: Call, row: PackageRow): void {
  call.deed.effect({ kind: 'run', what: 'package_code', file: null });
  noteFetched(call);
  writtenScripts(call);
  call.deed.effect({ kind: 'network', host: null, class: 'public', how: 'fetch' });
  if (call.name === 'go') goModules(call);
  if (row.machine !== true) namedElsewhere(call, namedBehind(call, row));
  const words = call.args.map(({ text }) => plain(text));
  for (const [index, text] of words.entries()) {
    const isIndex =
      /^(?:--(?:index-url|extra-index-url|registry|index|find-links|default-index|source|trusted-host|repository-url)|-i|-f)(?:=|$)/.exec(
        text,
      );
    if (isIndex !== null && /^(?:pip3?|uv|npm|pnpm|yarn|bun|gem|pipx|poetry|conda)$/.test(call.name)) {
      const value = text.includes('=') ? text.slice(text.indexOf('=') + 1) : (words[index + 1] ?? '');
      if (/^https?:/.test(value) && !USUAL_INDEX.test(value))
        call.deed.concern('outside_code', `takes packages from ${shown(value)}`);
    }
    const taint = call.args[index]?.taint ?? 0;
    // The package is named, and its version is what a program of this machine says.
    const isVersion =
      (taint & ~TAINT.local) === 0 &&
      (/^(?:@[\w.-]+\/)?[\w.-]+(?:@|==)\ue000$/.test(text) ||
        /^(?:--version|--vers|-v)$/.test(words[index - 1] ?? ''));
    if (taint !== 0 && !isVersion && text.includes('\ue000'))
      call.deed.opaque('which package is installed is not known');
    if (
      /^(?:-c|--constraint|-r|--requirement|--global-option|--install-option|--config-settings|--build-option)$/.test(
        text,
      )
    )
      continue;
    if (
      text.startsWith('/') &&
      row.machine !== true &&
      /^\/(?:tmp|var\/tmp|dev\/shm)\/./.test(text) &&
      !/^(?:--?(?:prefix|root|target|t|cache\w*|dir|p|o))$/.test(words[index - 1] ?? '') &&
      verbInstalls(words[0])
    )
      call.deed.concern('outside_code', `installs ${shown(text)}`);
  }
  if (row.machine === true && !isFormula(call)) {
    call.deed.concern('outside_write', 'installs programs on the machine');
    for (const text of words)
      if (/^-o$|^-o./.test(text) && /Pre-Invoke|Post-Invoke|Hooks?::|Dir::/i.test(words.join(' ')))
        call.deed.opaque('the package manager is told to run a command');
  }
}

/** Runs what stands in a file of the project. */
const workspace =
  (file: string | null): Program =>
  (call) => {
    const given = parseOptions(call.args, {
      values: 'CfIj',
      long: ['directory', 'file', 'makefile', 'eval', 'jobs', 'justfile', 'working-directory'],
    });
    if (call.name === 'rake')
      for (const one of parseOptions(call.args, { values: 'pEe', long: ['execute', 'execute-print'] }).values(
        'p',
        'E',
        'e',
        'execute',
        'execute-print',
      ))
        inlineCode(one.text, one.taint, 'ruby', 'rake -e', call);
    for (const one of given.values('eval')) call.deed.opaque(`${call.name} is handed ${shown(one.text)}`);
    const named = given.values('f', 'file', 'makefile', 'justfile')[0];
    if (named !== undefined) {
      if (named.text === '-' || /^\/dev\/(?:stdin|fd)/.test(named.text))
        call.deed.opaque(`${call.name} is handed its file`);
      else call.deed.runsFile(named.text, call.name);
    } else {
      call.deed.effect({
        kind: 'run',
        what: 'workspace_code',
        file: file === null ? null : shown(call.deed.path(file)),
      });
      noteFetched(call, given.values('C', 'directory', 'working-directory')[0]?.text);
      if (file !== null) writtenRecipes(call, call.deed.path(file));
    }
    if (given.has('n', 'dry-run', 'just-print')) return UNKNOWN;
    for (const { text } of given.operands) {
      const value = /^(?:SHELL|MAKEFLAGS|CC|CXX|LD|AR)=([\s\S]+)$/.exec(plain(text))?.[1];
      if (
        value !== undefined &&
        !/^(?:\/usr)?(?:\/bin\/)?(?:ba|da|z)?sh$|^(?:gcc|clang|cc|g\+\+|clang\+\+|ld|ar|lld)(?:-\d+)?$/.test(
          value,
        )
      )
        call.script({ text: value, taint: 0, by: call.name });
    }
    if (
      given.operands.some(({ text }) =>
        /^(?:publish|release|deploy|prod(?:uction)?[-:]?deploy|destroy|teardown|nuke|drop-db|db[-:](?:drop|reset|wipe|destroy))$/i.test(
          text,
        ),
      )
    )
      call.deed.concern(
        'service',
        `${call.name} ${given.operands.map(({ text }) => shown(text)).join(' ')} may reach outside the project`,
      );
    return UNKNOWN;
  };

export const packagePrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...RUNNERS.map((name): [string, Program] => [name, runsWorkspace]),
  ...Object.entries(PACKAGE_MANAGERS).map(([name, row]): [string, Program] => [name, manager(row)]),
  ['make', workspace('Makefile')],
  ['gmake', workspace('Makefile')],
  ['just', workspace('justfile')],
  ['task', workspace('Taskfile.yml')],
  ['rake', workspace('Rakefile')],
  ['ant', workspace('build.xml')],
  ['invoke', workspace('tasks.py')],
  ['grunt', workspace('Gruntfile.js')],
  ['gulp', workspace('gulpfile.js')],
  ['mage', workspace('magefile.go')],
]);
