/** Programs that run or compile what the project holds. */
import type { Program } from '../shell/call.ts';
import { plain, shown, UNKNOWN } from '../shell/text.ts';
import { notesBuilt } from './built-folders.ts';
import { compilerRuns, writtenSources } from './compilers.ts';
import { noteFetched } from './fetched.ts';
import { notesMade } from './made-folders.ts';
import { namedSecrets } from './named-secrets.ts';
import { isTestStage } from './test-stage.ts';

/** Runs code of the project: tests, builds, compilers. */
export const runsWorkspace: Program = (call) => {
  namedSecrets(call);
  noteFetched(call);
  writtenSources(call);
  compilerRuns(call);
  notesMade(call);
  notesBuilt(call);
  call.deed.effect({ kind: 'run', what: 'workspace_code', file: null });
  for (const [index, { text }] of call.args.entries()) {
    const output = text === '-o' ? call.args[index + 1]?.text : /^-o(?=[/.\w])(.+)$/.exec(text)?.[1];
    if (output !== undefined && COMPILERS.test(call.name)) call.deed.writes(output);
    const archive = text === '-jar' ? call.args[index + 1]?.text : undefined;
    if (archive !== undefined) call.deed.runsFile(archive, call.name);
    if (!text.startsWith('-') && LOSING_TASK.test(plain(text)) && !isTestStage(call))
      call.deed.concern('destroys', `${call.name} ${shown(text)} sounds as if something were taken away`);
  }
  return UNKNOWN;
};

const COMPILERS = /^(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|rustc|ghc|ld|gfortran|zig|nim|ocamlc|javac|go)$/;
/** Names of tasks by which databases and whole states are thrown away. */
const LOSING_TASK =
  /^(?:[\w-]+[:.])?(?:drop|reset|wipe|flush|truncate\w*|fresh|purge|destroy|nuke|sqlflush|reset_db|drop_db|db-drop|db-reset)(?::[\w-]+)*$|^(?:db|schema|database|ecto|migrate|doctrine:\w+)[:.](?:drop|reset|wipe|fresh|refresh|truncate\w*|undo:all|destroy|flush)\b/;

export const RUNNERS = [
  'pytest',
  'py.test',
  'tox',
  'nox',
  'unittest',
  'coverage',
  'jest',
  'vitest',
  'mocha',
  'ava',
  'karma',
  'cypress',
  'playwright',
  'rspec',
  'phpunit',
  'pest',
  'ctest',
  'bats',
  'tsc',
  'eslint',
  'prettier',
  'biome',
  'webpack',
  'vite',
  'rollup',
  'esbuild',
  'parcel',
  'next',
  'nuxt',
  'gatsby',
  'astro',
  'ng',
  'vue-cli-service',
  'react-scripts',
  'turbo',
  'nx',
  'storybook',
  'ruff',
  'black',
  'isort',
  'flake8',
  'mypy',
  'pyright',
  'pylint',
  'bandit',
  'rubocop',
  'clippy',
  'rustc',
  'rustfmt',
  'gcc',
  'g++',
  'cc',
  'c++',
  'clang',
  'clang++',
  'javac',
  'java',
  'kotlinc',
  'scalac',
  'ghc',
  'ocamlc',
  'zig',
  'nim',
  'cmake',
  'meson',
  'ninja',
  'bazel',
  'bazelisk',
  'buck',
  'pants',
  'sbt',
  'lein',
  'gofmt',
  'goimports',
  'golangci-lint',
  'air',
  'nodemon',
  'uvicorn',
  'gunicorn',
  'flask',
  'django-admin',
  'celery',
  'streamlit',
  'jupyter',
  'mkdocs',
  'sphinx-build',
  'hugo',
  'jekyll',
  'pre-commit',
  'lefthook',
  'husky',
  'lint-staged',
  'commitlint',
  'typedoc',
  'swc',
  'babel',
  'sass',
  'postcss',
  'tailwindcss',
  'protoc',
  'buf',
  'alembic',
  'sequelize',
  'knex',
  'typeorm',
  'drizzle-kit',
  'rails',
  'rake',
  'artisan',
  'sqlc',
  'autoconf',
  'automake',
  'configure',
  'xcodebuild',
  'clang-format',
  'clang-tidy',
  'cppcheck',
  'nasm',
  'ld',
  'ar',
  'strip',
  'as',
  'f77',
  'gfortran',
  'dune',
];
