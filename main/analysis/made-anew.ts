/** What a project's tools make anew, or leave over from work: nothing is lost with it. By names alone: no disk is asked. */
import { isWithin, type Place } from './place.ts';
import { hasGlob, plain } from './shell/text.ts';

/** Names of folders and files, lower case. */
const MADE =
  /^(?:node_modules|dist|build|builds|out|output|target|coverage|htmlcov|\.nyc_output|__pycache__|\.tox|\.nox|\.next|\.nuxt|\.turbo|\.svelte-kit|\.vite|\.cache|\.venv|venv|\.eggs|[\w.-]+\.egg-info|obj|tmp|temp|\.tmp|\.gradle|cmake-build-[\w-]+|dist-newstyle|\.godot|\.stack-work|\.angular|storybook-static|test-results|playwright-report|\.dart_tool|pods|deriveddata|\.build|_build|_site|\.terraform|\.output|\.expo|\.docusaurus|\.astro|\.swc|\.swiftpm|xcuserdata|\.hypothesis|\.benchmarks|\.ipynb_checkpoints|\.phpunit\.result\.cache|bower_components|\.ds_store|thumbs\.db|desktop\.ini|elm-stuff|zig-cache|zig-out|\.coverage|\.eslintcache|tsconfig\.tsbuildinfo|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|podfile\.lock|gemfile\.lock|composer\.lock|poetry\.lock|uv\.lock|cargo\.lock|generated|__generated__|builddir|mutants\.out)$/i;

/** A cache that a tool keeps for itself, out of sight: `.mypy_cache`. `redis-cache` may be anybody's code. */
const HIDDEN_CACHE = /^\.[\w-]+[-_]cache$/i;

/** A build of another kind beside the usual one: `build-asan`, `dist_electron`. Names of systems may be those of scripts. */
const VARIANT =
  /^(?:build|dist|out)(?:[-_](?:asan|tsan|ubsan|msan|san|debug|release|relwithdebinfo|minsizerel|wasm|electron|tsc|types|esm|cjs|cov|coverage|fuzz|x86|x64|x86_64|arm|arm64|aarch64))+$/i;

/** Folders that hold nothing but what is made anew, wherever they stand. */
const MADE_BELOW =
  /^(?:node_modules|dist|build|target|coverage|\.next|\.nuxt|\.turbo|\.venv|venv|__pycache__|tmp|_build|\.build|\.gradle|\.terraform|\.dart_tool|\.tox|\.cache|\.swiftpm|\.godot|DerivedData|xcuserdata|cmake-build-[\w-]+)$/;

/** Where frameworks keep what they have compiled or counted: the end of a path in the project. */
const KEPT_MADE =
  /(?:^|\/)(?:(?:bootstrap|var|storage|storage\/framework|tmp|\.yarn)\/cache|storage\/framework\/(?:views|testing)|mlruns\/\.trash|public\/(?:packs|packs-test|build|vite|hot)|resources\/_gen)(?:\/[^/]*)?$/;

/** Code that generators make of descriptions, a folder for each language, and what a program logs as it runs. */
const BY_PROGRAM =
  /(?:^|\/)(?:(?:gen|generated)\/(?:go|ts|js|es|web|java|kotlin|python|py|swift|rust|csharp|cpp|php|ruby|dart|openapi|proto)|(?:run|var|storage)\/logs?)$/;

/** Single files that tools write beside the sources, as they find them or lock them. */
const BY_TOOLS =
  /^(?:next-env\.d\.ts|go\.sum|go\.work\.sum|mix\.lock|pubspec\.lock|flake\.lock|deno\.lock|pdm\.lock|pixi\.lock|Package\.resolved|\.pnp\.c?js|routeTree\.gen\.ts)$/;

/** Names that code has as well as what is made of it. */
const PLAIN = /^(?:builds?|dist|out|output|target|coverage|tmp|temp)$/i;
const SOURCES = /^(?:src|lib|source|sources|scripts?|tests?|spec|docs?)$/i;
/** What tests leave beside themselves is no module. */
const TESTS = /^(?:tests?|spec)$/i;
const LEFT_BY_TESTS = /^(?:tmp|temp|coverage)$/i;

/** Endings of what compilers, profilers and editors leave. */
const LEFT_OVER =
  'pyc|pyo|o|obj|class|log|tmp|tsbuildinfo|bak|orig|rej|swp|gcda|gcno|gcov|profraw|profdata|lcov|tfplan|heapsnapshot|cpuprofile|prof|hp|hi|dyn_hi|dyn_o|tix|snap\\.new|pending-snap';
const ALL_LEFT_OVER = new RegExp(`^\ue001?\\.(?:${LEFT_OVER}|egg-info)$|^\\.coverage\\.\ue001$`);
const ONE_LEFT_OVER = new RegExp(`^[\\w.-]+\\.(?:${LEFT_OVER})$`, 'i');

/**
 * Whether a file or folder of a project is made anew by its build or is left over from work.
 *
 * @param path absolute, in the project; it may hold patterns
 */
export function isMadeAnew(path: string, place: Place): boolean {
  const parts = path.slice(place.workspace.length + 1).split('/');
  if (parts.includes('..')) return false;
  const last = parts.at(-1) ?? '';
  // Below sources a plain word is a module's name: `src/build`, and so is what lies in it.
  const isModule = (part: string, at: number) =>
    PLAIN.test(part) &&
    parts
      .slice(0, at)
      .some((above) => SOURCES.test(above) && !(TESTS.test(above) && LEFT_BY_TESTS.test(part)));
  if (parts.slice(0, -1).some((part, at) => MADE_BELOW.test(part) && !isModule(part, at))) return true;
  if (KEPT_MADE.test(parts.join('/')) || BY_PROGRAM.test(parts.join('/')) || ALL_LEFT_OVER.test(last))
    return true;
  if (hasGlob(last)) return false;
  const name = plain(last);
  if (isModule(name, parts.length - 1)) return false;
  return [MADE, HIDDEN_CACHE, VARIANT, ONE_LEFT_OVER].some((names) => names.test(name));
}

/** Whether a tracked file is one that tools write: taken back, it is as it was before they ran. */
export function isToolsFile(path: string, place: Place): boolean {
  return (
    !hasGlob(path) &&
    isWithin(path, place.workspace) &&
    (BY_TOOLS.test(path.split('/').at(-1) ?? '') || LOCKS.test(path))
  );
}

const LOCKS =
  /\/(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|Podfile\.lock|Gemfile\.lock|composer\.lock|poetry\.lock|uv\.lock|Cargo\.lock)$/;
