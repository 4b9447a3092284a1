/**
 * `npm run proof -- install`: strangers clone this work tree as it is now, install it, and use it.
 *
 * Each has an empty home and npm settings that are nobody's. The first stranger of each user has an empty npm cache
 * too; the others share what it fetched. Needs the npm registry, git, a C compiler and util-linux.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tryElectron } from '../native/electron-trial.ts';
import { type Cell, cells, NODES, NPMS, shuffled, snapshot } from '../native/install-matrix.ts';
import {
  type Check,
  checkInstall,
  type Judge,
  shorten,
  type Trial,
  tryInstall,
} from '../native/install-trial.ts';
import { Stranger, Toolbox } from '../native/stranger.ts';
import { projectRoot } from '../support/built.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, only: { type: 'string', default: '' } },
});
/** Strangers do not know of one another; so many fit on a small machine. */
const AT_ONCE = 3;
const isRoot = process.getuid?.() === 0;
const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
};
const folder = mkdtempSync(join(tmpdir(), 'gh-install-'));
const started = performance.now();
const say = (text: string) =>
  process.stderr.write(`install: ${Math.round((performance.now() - started) / 1000)} s: ${text}\n`);

interface Row extends Omit<Trial, 'checks'> {
  readonly name: string;
  readonly checks: number;
  readonly failed: readonly Check[];
}

try {
  const toolbox = new Toolbox(folder);
  say('bringing npm and Node in their versions');
  toolbox.prepare(NPMS, NODES);
  const tree = snapshot(projectRoot, join(folder, 'source'));
  const rows: Row[] = [];
  const left = shuffled(cells(isRoot), Number(values.seed)).filter(({ name }) => name.includes(values.only));
  const work = async () => {
    for (let cell = left.shift(); cell !== undefined; cell = left.shift())
      rows.push(await tryCell(toolbox, cell));
  };
  const withElectron = 'electron'.includes(values.only) ? electronChecks(toolbox) : [];
  await Promise.all([withElectron, ...Array.from({ length: AT_ONCE }, work)]);
  const electron = await withElectron;
  const failed = [...rows.flatMap((row) => row.failed), ...electron.filter(({ ok }) => !ok)];
  const counts = {
    strangers: rows.length,
    native: rows.filter(({ name }) => !name.includes('no compiler')).length,
    relay: rows.filter(({ name }) => name.includes('no compiler')).length,
    checks: rows.reduce((sum, row) => sum + row.checks, 0) + electron.length,
    failed: failed.length,
  };
  const failedElectron = electron.filter(({ ok }) => !ok);
  process.stdout.write(
    `${JSON.stringify({ counts, tree, asRoot: isRoot, rows, electron: { checks: electron.length, failed: failedElectron } })}\n`,
  );
  process.exitCode = failed.length === 0 && counts.checks > 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function tryCell(toolbox: Toolbox, cell: Cell): Promise<Row> {
  // Short: a socket's path has 107 bytes.
  const place = `${cell.npm}${cell.node}${cell.compiler ? 'c' : 'n'}${cell.uid ?? ''}`;
  const { checks, ...trial } = await tryInstall(newStranger(toolbox, cell, place), version);
  const failed = checks.filter(({ ok }) => !ok);
  tell(cell.name, checks.length, failed);
  rmSync(join(folder, place), { recursive: true, force: true });
  return { name: cell.name, ...trial, checks: checks.length, failed };
}

function newStranger(toolbox: Toolbox, cell: Cell, place: string): Stranger {
  const cache = join(folder, `cache-${cell.uid ?? 'own'}`);
  return new Stranger(toolbox, cell, join(folder, place), join(folder, 'source'), cache);
}

/** A stranger whose compiler comes late, and whose display is there but Electron's program is not. */
async function electronChecks(toolbox: Toolbox): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const check: Judge = (name, ok, seen = null) => checks.push({ name, ok, seen: ok ? null : shorten(seen) });
  const uid = isRoot ? 65_534 : null;
  const cell = { name: 'electron', npm: 11, node: 24, compiler: false, uid };
  const stranger = newStranger(toolbox, cell, 'electron');
  checkInstall('npm install', await stranger.run(['npm', 'install'], { limitMs: 600_000 }), stranger, check);
  stranger.env['PATH'] = toolbox.path({ ...cell, compiler: true });
  const again = await stranger.run(['npm', 'rebuild'], { limitMs: 600_000 });
  const built = join(stranger.clone, 'native', 'build', `${process.platform}-${process.arch}`, 'gatehouse');
  check('a compiler that comes late counts at npm rebuild', again.exit === 0 && existsSync(built), again);
  await tryElectron(stranger, check);
  tell(
    cell.name,
    checks.length,
    checks.filter(({ ok }) => !ok),
  );
  return checks;
}

function tell(name: string, count: number, failed: readonly Check[]): void {
  say(
    `${name}: ${count} checks, ${failed.length} failed${failed.map((each) => `\n  ${each.name}: ${each.seen ?? ''}`).join('')}`,
  );
}
