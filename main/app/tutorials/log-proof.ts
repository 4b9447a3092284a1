/**
 * Copies of the tutorial's log: changed as somebody could who runs as the person, and checked with the same command
 * as any log; and an export, checked with the script that strangers use. The log itself is never touched.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { ProblemKind } from '../../audit/problem.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../audit/schema.ts';
import { assertNever, GatehouseError } from '../../platform/errors.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { exportLog } from '../log-reading.ts';
import { runPrivately } from '../private.ts';
import { installRoot } from '../resources.ts';
import type { SupervisorLine } from './supervisor-line.ts';
import type { Transcript } from './transcript.ts';
import type { Step } from './tutorial.ts';
import type { TutorialHome } from './tutorial-home.ts';

type ProofStep = Extract<Step, { do: 'copies' | 'told' | 'tampers' | 'exports' }>;
type How = Extract<Step, { do: 'tampers' }>['how'];

/** What a copy is made of: rows, signed records, key, notes. */
const PARTS = ['audit.db', 'audit.db-wal', 'audit.checkpoints', 'audit.key', 'state.db', 'state.db-wal'];
const ROWS = ['audit.db', 'audit.db-wal'];
const WORDS: Readonly<Record<How, string>> = {
  not: 'as it is',
  edit: 'a file name in a call changed',
  delete: 'a row deleted',
  cut: 'the last two rows cut off',
  older: 'the rows put back to the copy from before',
  record: 'the row number in a signed record changed',
};

const Checked = z.object({
  ok: z.boolean(),
  rows: z.number(),
  problem: z.object({ seq: z.number(), kind: z.string(), text: z.string() }).nullable(),
});

export class LogProof {
  readonly #home: TutorialHome;
  readonly #line: SupervisorLine;
  readonly #older: string;

  constructor(home: TutorialHome, line: SupervisorLine) {
    this.#home = home;
    this.#line = line;
    this.#older = join(home.root, 'older');
  }

  /** @throws GatehouseError `tutorial_failed` when the log says anything else than it must */
  async play(step: ProofStep, transcript: Transcript): Promise<void> {
    switch (step.do) {
      case 'copies':
        this.#copyTo(this.#older);
        transcript.says('Copy', 'the log as it is now is kept for later');
        return;
      case 'told':
        return this.#told(step.query, step.lines, transcript);
      case 'tampers':
        return this.#tampers(step.how, step.as, transcript);
      case 'exports':
        return this.#exports(transcript);
      default:
        assertNever(step, 'step about the log');
    }
  }

  async #told(query: readonly string[], lines: readonly string[], transcript: Transcript): Promise<void> {
    const found = await this.#line.query(query);
    transcript.says('You', `gatehouse audit query ${query.join(' ')}`);
    for (const { seq, outcome, action, summary } of found)
      transcript.says('Timeline', `row ${seq}: ${outcome ?? 'event'} ${action} ${basename(summary)}`);
    const told = found.map(({ outcome, action }) => `${outcome ?? 'event'} ${action}`);
    if (told.join() !== lines.join())
      throw failed(`the timeline tells ${JSON.stringify(told)}, and must tell ${JSON.stringify(lines)}`);
  }

  async #tampers(how: How, as: ProblemKind | null, transcript: Transcript): Promise<void> {
    // The supervisor signs to the end of its log when it checks it; once is enough for all copies.
    if (how === 'not') await this.#line.verify();
    const home = join(this.#home.root, 'copy');
    const data = join(home, 'data');
    this.#copyTo(data);
    try {
      this.#change(data, how);
      const { stdout, stderr } = await runPrivately(['audit', 'verify', '--json'], {
        ...this.#home.env,
        GATEHOUSE_HOME: home,
      });
      if (stdout === '') throw failed(`the copy was not checked: ${stderr.trim()}`);
      const { ok, rows, problem } = Checked.parse(JSON.parse(stdout));
      const said =
        problem === null ? `in order, ${rows} rows` : `row ${problem.seq}: ${problem.kind}: ${problem.text}`;
      transcript.says('Copy', `${WORDS[how]}: ${said}`);
      if ((problem?.kind ?? null) !== as || ok !== (as === null))
        throw failed(`the copy must be ${as ?? 'in order'}, and the check says: ${said}`);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }

  #change(data: string, how: How): void {
    switch (how) {
      case 'not':
        return;
      case 'edit':
        inDatabase(data, (database) => {
          database
            .prepare("UPDATE rows SET event = replace(event, 'notes.txt', 'other.txt') WHERE seq = ?")
            .run(firstCall(database));
        });
        return;
      case 'delete':
        inDatabase(data, (database) => {
          database.prepare('DELETE FROM rows WHERE seq = ?').run(firstCall(database));
        });
        return;
      case 'cut':
        inDatabase(data, (database) => {
          database.exec('DELETE FROM rows WHERE seq > (SELECT max(seq) - 2 FROM rows)');
        });
        return;
      case 'older':
        for (const name of ROWS) {
          rmSync(join(data, name), { force: true });
          if (existsSync(join(this.#older, name))) copyFileSync(join(this.#older, name), join(data, name));
        }
        return;
      case 'record': {
        const file = join(data, 'audit.checkpoints');
        writeFileSync(file, readFileSync(file, 'utf8').replace(/"seq":(\d)/, '"seq":1$1'));
        return;
      }
      default:
        assertNever(how, 'way to change a log');
    }
  }

  async #exports(transcript: Transcript): Promise<void> {
    const { rootKey } = await this.#line.verified();
    if (rootKey === null) throw failed('the log is not signed');
    const file = join(this.#home.root, 'export.jsonl');
    const wish = { format: 'jsonl', from: null, to: null, since: null, until: null, filter: null } as const;
    const text = [...exportLog(this.#home.paths, wish)].map((line) => `${line}\n`).join('');
    try {
      writeFileSync(file, text);
      transcript.says('You', 'gatehouse audit export > export.jsonl, and its public key');
      const whole = await byTheScript(file, rootKey);
      transcript.says('Stranger', `node verify-export.mjs export.jsonl KEY: ${whole.said}`);
      if (whole.exit !== 0) throw failed('the export is not found to be whole');
      writeFileSync(file, text.replace('notes.txt', 'other.txt'));
      const changed = await byTheScript(file, rootKey);
      transcript.says('Stranger', `after a file name in it was changed: ${changed.said}`);
      if (changed.exit !== 1) throw failed('a changed export is found to be whole');
    } finally {
      rmSync(file, { force: true });
    }
  }

  #copyTo(folder: string): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { data } = this.#home.paths;
    for (const name of PARTS) if (existsSync(join(data, name))) cpSync(join(data, name), join(folder, name));
  }
}

function firstCall(database: Database): number {
  return database
    .prepare(`SELECT min(seq) FROM rows WHERE json_extract(event, '$.type') = 'call.decided'`)
    .pluck()
    .get() as number;
}

/** The rows without what guards them, as anybody can have them who may write the file. */
function inDatabase(data: string, work: (database: Database) => void): void {
  const database = openDatabase({
    file: join(data, 'audit.db'),
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
  });
  try {
    database.exec('DROP TRIGGER rows_no_update; DROP TRIGGER rows_no_delete');
    work(database);
  } finally {
    database.close();
  }
}

/** In a thread of its own: a packed app has no plain Node to start it with. */
function byTheScript(
  file: string,
  rootKey: string,
): Promise<{ readonly exit: number; readonly said: string }> {
  return new Promise((resolve, reject) => {
    const script = new Worker(join(installRoot, 'resources', 'verify-export.mjs'), {
      argv: [file, rootKey],
      stdout: true,
      stderr: true,
    });
    let said = '';
    for (const stream of [script.stdout, script.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    script.once('error', reject);
    script.once('exit', (exit) => resolve({ exit, said: said.trim() }));
  });
}

function failed(what: string): GatehouseError {
  return new GatehouseError('tutorial_failed', what);
}
