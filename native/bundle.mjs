/**
 * `vite build --app` into a folder of its own: `node bundle.mjs ABSOLUTE_FOLDER`. Run by Node 24.
 *
 * Every environment's output folder below dist/ is moved below the given one, whatever environments there are.
 */
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBuilder } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = process.argv[2];
const dist = join(root, 'dist');

// What is built is what runs, also when a test run or a developer's shell says otherwise of itself.
process.env.NODE_ENV = 'production';

const builder = await createBuilder({
  configFile: join(root, 'vite.config.ts'),
  logLevel: 'warn',
  plugins: [
    {
      name: 'gatehouse:folder',
      configEnvironment(_name, options) {
        const below = relative(dist, options.build?.outDir ?? '');
        if (below === '' || below.startsWith(`..${sep}`) || below === '..') return null;
        return { build: { outDir: join(folder, below), emptyOutDir: true } };
      },
    },
  ],
});
await builder.buildApp();
