import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { redactText } from '../../main/engine/redaction.ts';
import { createLogger } from '../../main/platform/logging.ts';

let folder: string;
let file: string;

interface Line {
  readonly at: string;
  readonly level: string;
  readonly text: string;
}

const linesOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
const modeOf = (path: string) => statSync(path).mode & 0o777;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-logs-'));
  file = join(folder, 'gatehouse.log');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('the log file', () => {
  it('has one JSON line for each entry, whatever is in it', () => {
    const logger = createLogger({ folder });
    const odd = 'line one\nline two "quoted" \u0000 \u202e {"level":"error"} %c %s %d';
    logger.error(odd);
    logger.warn('w');
    logger.info('i');
    expect(linesOf(file).map(({ level, text }) => [level, text])).toEqual([
      ['error', odd],
      ['warn', 'w'],
      ['info', 'i'],
    ]);
    for (const { at } of linesOf(file)) expect(new Date(at).toISOString()).toBe(at);
  });

  it('is for its owner alone, also when it was open before, and stays so after a rotation', () => {
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    const logger = createLogger({ folder });
    logger.info('x');
    expect(modeOf(file)).toBe(0o600);
    writeFileSync(file, 'x'.repeat(5 * 1024 * 1024 + 1));
    logger.info('large enough');
    logger.info('y');
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(0);
    expect(files.map((name) => modeOf(join(folder, name)))).toEqual(files.map(() => 0o600));
  });

  it('is put aside at 5 MB, and five old ones are kept', () => {
    const logger = createLogger({ folder });
    const long = 'y'.repeat(16 * 1024);
    const perFile = Math.ceil((5 * 1024 * 1024) / (16 * 1024));
    for (let round = 0; round < 8; round += 1) {
      logger.info(`round ${round}`);
      for (let line = 0; line < perFile; line += 1) logger.info(long);
    }
    expect(readdirSync(folder).sort()).toEqual([
      'gatehouse.log',
      ...[1, 2, 3, 4, 5].map((number) => `gatehouse.log.${number}`),
    ]);
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).size).toBeLessThan(5 * 1024 * 1024 + 32 * 1024);
    const rounds = [5, 4, 3, 2, 1].map(
      (number) => linesOf(`${file}.${number}`).find(({ text }) => text.startsWith('round'))?.text,
    );
    expect(rounds).toEqual(rounds.toSorted());
    expect(new Set(rounds).size).toBe(5);
  });

  it('is one for a folder, however often it is asked for', () => {
    createLogger({ folder }).info('a');
    createLogger({ folder }).info('b');
    expect(createLogger({ folder })).toBe(createLogger({ folder }));
    expect(linesOf(file)).toHaveLength(2);
  });

  it('never throws, where nothing can be written', () => {
    const said = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    mkdirSync(file);
    const logger = createLogger({ folder });
    for (let line = 0; line < 3; line += 1) expect(() => logger.error('nobody reads this')).not.toThrow();
    expect(readdirSync(file)).toEqual([]);
    expect(said.mock.calls.map(([text]) => text)).toEqual([
      'gatehouse: the log file cannot be written; hint: look at the free space of the disk\n',
    ]);
    expect(printed).not.toHaveBeenCalled();
  });

  it('goes on when its folder was taken away and came back', () => {
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const logger = createLogger({ folder });
    logger.info('before');
    rmSync(folder, { recursive: true });
    expect(() => logger.info('meanwhile')).not.toThrow();
    mkdirSync(folder);
    logger.info('after');
    expect(linesOf(file).map(({ text }) => text)).toEqual(['after']);
  });

  it('cuts a line that is longer than 16 KiB at a whole character', () => {
    const logger = createLogger({ folder });
    logger.info(`${'a'.repeat(16 * 1024 - 1)}😀`);
    logger.info('b'.repeat(1024 * 1024));
    const [first, second] = linesOf(file);
    expect(first?.text.isWellFormed()).toBe(true);
    expect(first?.text.length).toBe(16 * 1024);
    expect(second?.text).toBe('b'.repeat(16 * 1024));
  });
});

describe('redaction', () => {
  const SECRET = 'hunter2-and-more';

  it('takes a secret out of text, error and stack before anything is written', () => {
    const logger = createLogger({ folder });
    logger.addRedactor((text) => text.replaceAll(SECRET, '[REDACTED]'));
    logger.error(`x ${SECRET} y ${SECRET}`);
    logger.warn(new Error(`it was ${SECRET}`).stack ?? '');
    const written = readFileSync(file, 'utf8');
    expect(written).not.toContain('hunter2');
    expect(written.match(/\[REDACTED\]/g)).toHaveLength(3);
  });

  it('sees the whole secret, also where the line is cut in the middle of it', () => {
    const logger = createLogger({ folder });
    logger.addRedactor((text) => text.replaceAll(SECRET, ''));
    logger.info(`${'a'.repeat(16 * 1024 - 8)}${SECRET}`);
    expect(readFileSync(file, 'utf8')).not.toContain('hunter');
  });

  it('asks every redactor, in the order in which they came, and each once', () => {
    const logger = createLogger({ folder });
    const first = (text: string) => text.replace('one', 'two');
    logger.addRedactor(first);
    logger.addRedactor((text) => text.replace('two', 'three'));
    logger.addRedactor(first);
    logger.info('one one');
    expect(linesOf(file)[0]?.text).toBe('three one');
  });

  it('writes nothing of a text that a redactor fails on, and goes on', () => {
    const logger = createLogger({ folder });
    logger.addRedactor((text) => {
      if (text.includes(SECRET)) throw new Error(`no ${SECRET}`);
      return text;
    });
    expect(() => logger.error(`x ${SECRET}`)).not.toThrow();
    logger.error('fine');
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
    expect(linesOf(file).map(({ text }) => text)).toEqual(['(a line that could not be redacted)', 'fine']);
  });

  it('knows the usual forms of secrets with the redactor that the app gives it', () => {
    const logger = createLogger({ folder });
    logger.addRedactor(redactText);
    const spoken = [
      `curl -H "Authorization: Bearer ${SECRET}"`,
      `API_TOKEN=${SECRET} npm publish`,
      `postgres://app:${SECRET}@db/x`,
      `{"password": "${SECRET}"}`,
      `--api-key=${SECRET}`,
    ];
    for (const text of spoken) logger.error(`request failed: ${text}`);
    expect(readFileSync(file, 'utf8')).not.toContain(SECRET);
    expect(linesOf(file)).toHaveLength(spoken.length);
    expect(existsSync(`${file}.1`)).toBe(false);
  });
});
