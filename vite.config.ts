import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  dependencies: Record<string, string>;
};
const external = ['electron', /^electron\/.+/, /^node:/, ...builtinModules, ...Object.keys(manifest.dependencies), /^electron-log\/.+/];
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** One config, three environments: `vite build --app` builds page, main and preload. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  builder: {},
  environments: {
    client: { build: { outDir: here('dist/renderer'), emptyOutDir: true, sourcemap: true, assetsInlineLimit: 0 } },
    main: {
      consumer: 'server',
      build: {
        outDir: here('dist/main'),
        emptyOutDir: true,
        target: 'node24',
        sourcemap: true,
        minify: false,
        rollupOptions: {
          input: { cli: here('main/cli.ts'), 'audit-worker': here('main/audit/worker.ts') },
          external,
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
        },
      },
    },
  },
  test: {
    root: here('.'),
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['**/node_modules/**'],
    testTimeout: 20_000,
  },
});
