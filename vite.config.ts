/**
 * One config for everything that is built and tested.
 *
 * `vite build --app` builds three environments: the page for a browser, main for Node 24, and the preload as
 * one CommonJS file, because a sandboxed preload can be nothing else. `vitest` runs the tests.
 */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const manifest = JSON.parse(readFileSync(here('package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
const external = [
  'electron',
  /^electron\/.+/,
  /^node:/,
  ...builtinModules,
  ...Object.keys(manifest.dependencies),
  /^electron-log\/.+/,
];

export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  builder: {},
  environments: {
    client: {
      build: {
        outDir: here('dist/renderer'),
        emptyOutDir: true,
        sourcemap: true,
        // Fonts and pictures stay files: the page's policy allows no font from a data: address.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
      },
    },
    main: {
      consumer: 'server',
      build: {
        outDir: here('dist/main'),
        emptyOutDir: true,
        target: 'node24',
        sourcemap: true,
        minify: false,
        rollupOptions: {
          input: {
            cli: here('main/cli.ts'),
            index: here('main/index.ts'),
            'tutorial-supervisor': here('main/tutorial-supervisor.ts'),
            'audit-worker': here('main/audit/worker.ts'),
            'replay-worker': here('main/app/replay/worker.ts'),
            'keychain-child': here('main/platform/keychain/child.ts'),
            'foreign-database-child': here('main/platform/foreign-database/child.ts'),
          },
          external,
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
        },
      },
    },
    preload: {
      consumer: 'server',
      resolve: { noExternal: true },
      build: {
        outDir: here('dist/preload'),
        emptyOutDir: true,
        target: 'chrome156',
        sourcemap: 'inline',
        minify: false,
        rollupOptions: {
          input: { index: here('preload/index.ts') },
          external: ['electron'],
          output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
        },
      },
    },
  },
  test: {
    root: here('.'),
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['**/node_modules/**'],
    // The real module would fetch Electron's program when it is imported.
    alias: { electron: here('test/support/electron-stub.ts') },
    // Both are for what hangs: what needs seconds here needs five times as many where others work too.
    testTimeout: 90_000,
    hookTimeout: 240_000,
    // vitest's own is one second: too short for whatever waits for a process while others have the cores.
    expect: { poll: { timeout: 60_000 } },
    // Compilers of Node 24's V8 that end a process with SIGSEGV now and then where cores are scarce: a worker of
    // the tests in every third run or so (nodejs/node issues 62393: Sparkplug, 64841: Maglev).
    execArgv: ['--no-sparkplug', '--no-maglev'],
    // Most tests wait for processes, not for a core; vitest's own choice leaves a core idle.
    maxWorkers: '100%',
    reporters: ['default', here('test/support/skip-policy.ts')],
  },
});
