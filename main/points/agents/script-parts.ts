/**
 * A script of several modules as one file, for a program that is installed as one.
 *
 * For our own relay, not for any script: it takes named imports of relative modules and of Node's, `export` before
 * a declaration, and refuses everything else, so that what is installed cannot be a program that does not start.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GatehouseError } from '../../platform/errors.ts';

const IMPORT = /^import \{([^}]*)\} from '([^']+)';\n/gm;
const EXPORT = /^export (?=(?:async )?function |class |const )/gm;
const DECLARATION = /^(?:async )?(?:function|class|const|let|var) ([\w$]+)/gm;

interface Joined {
  readonly seen: Set<string>;
  /** Names by the module of Node's that they come from. */
  readonly builtin: Map<string, Set<string>>;
  readonly bodies: string[];
}

/**
 * The text of a script and of all that it imports, each module before those that import it.
 *
 * @throws GatehouseError `no_program` for a script of another form; errors of reading as they are
 */
export async function joinScript(file: string): Promise<string> {
  const joined: Joined = { seen: new Set(), builtin: new Map(), bodies: [] };
  await add(file, joined);
  const names = joined.bodies.flatMap((body) => [...body.matchAll(DECLARATION)].map(([, name = '']) => name));
  for (const imported of joined.builtin.values()) names.push(...imported);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw wrongForm(file, `two of its modules have the name ${twice}`);
  const imports = [...joined.builtin].map(
    ([module, imported]) => `import { ${[...imported].sort().join(', ')} } from '${module}';\n`,
  );
  return [...imports, ...joined.bodies].join('');
}

async function add(file: string, joined: Joined): Promise<void> {
  if (joined.seen.has(file)) return;
  joined.seen.add(file);
  const text = (await readFile(file, 'utf8')).replace(/^#![^\n]*\n/, '');
  for (const [, list = '', from = ''] of text.matchAll(IMPORT)) {
    const names = list.split(',').map((name) => name.trim());
    if (from.startsWith('.')) {
      await add(join(dirname(file), from), joined);
    } else {
      if (!from.startsWith('node:')) throw wrongForm(file, `it imports ${from}`);
      const known = joined.builtin.get(from) ?? new Set();
      joined.builtin.set(from, known);
      for (const name of names) if (name !== '') known.add(name);
    }
    if (names.some((name) => / as /.test(name))) throw wrongForm(file, 'it renames what it imports');
  }
  const body = text.replace(IMPORT, '').replace(EXPORT, '');
  const left = /^(?:import|export)\b[^\n]*/m.exec(body) ?? /\bimport\(/.exec(body);
  if (left !== null) throw wrongForm(file, `it has the line ${left[0]}`);
  joined.bodies.push(body);
}

function wrongForm(file: string, why: string): GatehouseError {
  return new GatehouseError('no_program', `the script ${file} cannot be made one file: ${why}`, {
    hint: 'install Gatehouse again',
  });
}
