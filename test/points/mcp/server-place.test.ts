/**
 * What an agent can put where a server looks, tried with real programs: the person's folder, its `.npmrc`, the
 * folders of the PATH, and the surroundings of the client.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { ServerPlaces } from '../../../main/points/mcp/server-place.ts';
import type { StdioServer } from '../../../main/points/mcp/server-record.ts';
import { McpScene, mcpPolicy } from '../../support/mcp-scene.ts';

const LETS = mcpPolicy('default_policy: auto');
const posix = process.platform !== 'win32';
let scene: McpScene;
let home: string;
let marker: string;
afterEach(() => scene.remove());

/** A supervisor whose person has folders of their own on the PATH, in front, as many do. */
function openHouse(): void {
  scene = new McpScene(LETS, {});
  home = join(scene.folder, 'home');
  marker = join(scene.folder, 'planted-ran');
  mkdirSync(join(home, '.local', 'bin'), { recursive: true });
  Object.assign(scene.env, {
    HOME: home,
    PATH: [join(home, '.local', 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
    LANG: 'C',
    NODE_OPTIONS: '--no-such-option',
    NODE_PATH: join(home, 'modules'),
    npm_config_script_shell: join(home, 'shell'),
  });
}

/** A program that leaves a trace of having run. */
function plant(path: string, interpreter = '/bin/sh'): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!${interpreter}\necho ran >> '${marker}'\n`);
  chmodSync(path, 0o755);
}

/** An npm package whose program is a small server, which writes its surroundings down. */
function packageAt(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'small-server', version: '1.0.0', bin: { 'small-server': 'server.js' } }),
  );
  writeFileSync(
    join(folder, 'server.js'),
    `#!/usr/bin/env node
const { writeFileSync } = require('node:fs');
writeFileSync(${JSON.stringify(join(scene.folder, 'surroundings.json'))}, JSON.stringify({ env: process.env, cwd: process.cwd(), argv: process.argv }));
const say = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } });
  else if (method === 'tools/list') say(id, { tools: [] });
});
`,
  );
  chmodSync(join(folder, 'server.js'), 0o755);
}

const register = (program: string, args: readonly string[], env = {}, cwd: string | null = null) =>
  scene.mcp.add({
    name: 'one',
    transport: { kind: 'stdio', program, args: [...args], env, cwd },
    clientTimeoutMs: null,
  });
const surroundings = () =>
  JSON.parse(readFileSync(join(scene.folder, 'surroundings.json'), 'utf8')) as {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly argv: readonly string[];
  };

describe.runIf(posix)('a server that npx starts', { timeout: 180_000 }, () => {
  it('is not what an agent put into the person’s node_modules', async () => {
    openHouse();
    plant(join(home, 'node_modules', '.bin', 'small-server'));
    mkdirSync(join(home, 'node_modules', 'small-server'), { recursive: true });
    writeFileSync(
      join(home, 'node_modules', 'small-server', 'package.json'),
      '{"name":"small-server","version":"1.0.0","bin":{"small-server":"../.bin/small-server"}}',
    );
    writeFileSync(join(home, 'package.json'), '{"dependencies":{"small-server":"1.0.0"}}');
    // Where the person stands it does run: this is what the folder of its own is for.
    const own = { cwd: home, env: { ...process.env, HOME: home } };
    await promisify(execFile)('npx', ['--offline', '-y', 'small-server'], own);
    expect(existsSync(marker)).toBe(true);
    rmSync(marker);
    await register('npx', ['--offline', '-y', 'small-server']);
    await expect(scene.client('one')).rejects.toThrow();
    expect(existsSync(marker)).toBe(false);
  });

  it('is not what an agent put into the project that it was registered for', async () => {
    openHouse();
    const project = join(scene.folder, 'project');
    const source = join(scene.folder, 'package');
    packageAt(source);
    plant(join(project, 'node_modules', '.bin', 'small-server'));
    plant(join(project, 'node_modules', '.bin', 'node'));
    writeFileSync(join(project, 'package.json'), '{"dependencies":{"small-server":"1.0.0"}}');
    writeFileSync(join(project, '.npmrc'), `script-shell=${join(project, 'shell')}\n`);
    plant(join(project, 'shell'));
    // Where the project is it does run.
    const own = { cwd: project, env: { ...process.env, HOME: home } };
    await promisify(execFile)('npx', ['--offline', '-y', 'small-server'], own).catch(() => undefined);
    expect(existsSync(marker)).toBe(true);
    rmSync(marker);
    await register('npx', ['--offline', '-y', `file:${source}`, './notes', '--at=..', 'plain'], {}, project);
    await scene.client('one');
    expect(existsSync(marker)).toBe(false);
    const { cwd, argv } = surroundings();
    expect(cwd).toBe(join(scene.folder, 'servers', 'one'));
    // Paths mean what they meant in the project.
    expect(argv.slice(2)).toEqual([join(project, 'notes'), `--at=${scene.folder}`, 'plain']);
  });

  it('runs by the node that was found when it was registered, with no setting of the person’s npm', async () => {
    openHouse();
    const source = join(scene.folder, 'package');
    packageAt(source);
    await register('npx', ['--offline', '-y', `file:${source}`]);
    // After the registration: what an agent plants while it works.
    plant(join(home, '.local', 'bin', 'node'));
    plant(join(home, '.local', 'bin', 'npx'));
    plant(join(home, 'shell'));
    writeFileSync(
      join(home, '.npmrc'),
      `script-shell=${join(home, 'shell')}\nnode-options=--require=${join(home, 'x.js')}\n`,
    );
    await scene.client('one');
    expect(existsSync(marker)).toBe(false);
    const { env, cwd } = surroundings();
    expect(cwd).toBe(join(scene.folder, 'servers', 'one'));
    expect(env['NODE_OPTIONS']).toBeUndefined();
    expect(env['NODE_PATH']).toBeUndefined();
    expect(env['PATH']?.split(delimiter)).not.toContain(join(home, '.local', 'bin'));
  });

  it('stands in a folder that is closed to everybody else, with a package.json and nobody’s registries', async () => {
    openHouse();
    writeFileSync(
      join(home, '.npmrc'),
      'registry=https://packages.example/\nnode-options=--inspect\n//packages.example/:_authToken=t0ken\n@us:registry=https://us.example\nscript-shell=/x\n',
    );
    await register('npx', ['--offline', '-y', 'x@1.0.0']);
    const folder = join(scene.folder, 'servers', 'one');
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({ private: true });
    // Where packages come from is the person's, as it was when the server was registered; what is run is not.
    expect(readFileSync(join(folder, 'npmrc'), 'utf8')).toBe(
      'registry=https://packages.example/\n//packages.example/:_authToken=t0ken\n@us:registry=https://us.example',
    );
    writeFileSync(join(home, '.npmrc'), 'registry=https://evil.example/\n');
    await expect(scene.client('one')).rejects.toThrow();
    expect(readFileSync(join(folder, 'npmrc'), 'utf8')).not.toContain('evil');
    await scene.mcp.remove('one');
    expect(existsSync(folder)).toBe(false);
  });
});

describe.runIf(posix)('what runs a script', () => {
  it('stays where it is while another client’s server starts, and is put back when it is another', () => {
    openHouse();
    const places = new ServerPlaces({ root: join(scene.folder, 'servers'), env: scene.env });
    const server: StdioServer = {
      ...{ kind: 'stdio', program: '/x', args: [], env: {}, cwd: null, digest: null },
      interpreter: { name: 'runner', path: process.execPath, digest: null },
    };
    const bin = join(places.of('one', server).folder, 'bin');
    const link = join(bin, 'runner');
    const before = lstatSync(link, { bigint: true });
    places.of('one', server);
    expect(lstatSync(link, { bigint: true })).toMatchObject({ ino: before.ino, ctimeNs: before.ctimeNs });
    rmSync(link);
    plant(link);
    plant(join(bin, 'git'));
    places.of('one', server);
    expect(readdirSync(bin)).toEqual(['runner']);
    expect(readlinkSync(link)).toBe(process.execPath);
  });

  it('is another one: the server is not started until a person agrees', async () => {
    openHouse();
    const script = join(scene.folder, 'server');
    const runner = join(home, '.local', 'bin', 'runner');
    writeFileSync(runner, `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
    chmodSync(runner, 0o755);
    packageAt(join(scene.folder, 'package'));
    const body = readFileSync(join(scene.folder, 'package', 'server.js'), 'utf8')
      .split('\n')
      .slice(1);
    writeFileSync(script, ['#!/usr/bin/env runner', ...body].join('\n'));
    chmodSync(script, 0o755);
    await register(script, []);
    const first = await scene.client('one');
    expect(surroundings().env['PATH']?.split(delimiter)[0]).toBe(join(scene.folder, 'servers', 'one', 'bin'));
    await first.close();
    plant(runner);
    await expect(scene.client('one')).rejects.toThrow(/is not the program that was registered/);
    expect(existsSync(marker)).toBe(false);
    expect(scene.mcp.view('one').state).toBe('changed');
    await scene.mcp.acceptProgram('one');
    await expect(scene.client('one')).rejects.toThrow(/closed its output|ended/);
    expect(existsSync(marker)).toBe(true);
  });

  it('is given other variables only by the person who registered it', async () => {
    openHouse();
    packageAt(join(scene.folder, 'package'));
    await register(process.execPath, [join(scene.folder, 'package', 'server.js')], {
      PATH: '/somewhere',
      NODE_OPTIONS: '--no-warnings',
    });
    await scene.client('one');
    expect(surroundings().env).toMatchObject({ PATH: '/somewhere', NODE_OPTIONS: '--no-warnings' });
  });
});

it.runIf(posix)('does not start in a place that somebody else put there', async () => {
  openHouse();
  packageAt(join(scene.folder, 'package'));
  await register(process.execPath, [join(scene.folder, 'package', 'server.js')]);
  const folder = join(scene.folder, 'servers', 'one');
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  await expect(scene.client('one')).rejects.toThrow(/folder of the MCP server one cannot be used/);
});
