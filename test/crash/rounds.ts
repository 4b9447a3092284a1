/** Rounds of load, kill -9 and restart, each judged. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { AuditRow } from '../../main/audit/event.ts';
import { Reader } from '../../main/audit/reader.ts';
import { AUDIT_APPLICATION_ID, AUDIT_MIGRATIONS } from '../../main/audit/schema.ts';
import { verifyChain } from '../../main/audit/verify.ts';
import { openDatabase } from '../../main/store/database.ts';
import type { PageClient } from '../support/headless-rig.ts';
import { randomFrom } from '../support/json-shapes.ts';
import { askAtDoor, hookInput } from './clients.ts';
import { type Fault, type FaultName, faultOf } from './faults.ts';
import { broken, type Told, toldBy } from './judge.ts';
import { type Crowd, Load } from './load.ts';
import { Person } from './person.ts';
import { CrashSite, type Life, openPage } from './supervisor.ts';

export const CROWD: Crowd = {
  busyPrograms: 4,
  steadySessions: 8,
  steadyRate: 200,
  waitingPrograms: 6,
  waitingDoors: 18,
};
/** Load lasts this long before the kill, milliseconds. */
const SHORTEST = 50;
const LONGEST = 1500;
/** A start that is killed too is killed within this time. */
const STUMBLE_MS = 800;
const STUMBLES = 0.4;
/** Then another log is begun: each round checks all of it three times. */
const ROUNDS_A_HOME = 50;
/** In which a fault must be noticed, and recovered from. */
const FAULT_MS = 30_000;
const REFUSAL = /The call was not run: .*(log|disk|written)/;

export interface CrashCounts {
  rounds: number;
  /** Supervisors that were killed under load, and those killed while they started. */
  killed: number;
  killedInStart: number;
  calls: number;
  /** How many were sent a second while there was load: the least of all rounds, and their mean. */
  slowestRate: number;
  meanRate: number;
  ran: number;
  /** Of those: through the hook program, the rest through the same conversation without a process. */
  ranByProgram: number;
  approvedByPerson: number;
  deniedOrRefused: number;
  /** Calls under way at the kill that were blocked, and that had their answer already. */
  blockedByKill: number;
  answeredAtKill: number;
  /** Calls made when no supervisor was there, all blocked. */
  blockedWithoutSupervisor: number;
  /** Requests that waited for a person at the kill and were written as expired by the restart. */
  expiredByRestart: number;
  rows: number;
  /** With a fault: rounds in which a call was refused for it, and in which calls ran again before the kill. */
  refusedByFault: number;
  recoveredByItself: number;
}

export interface CrashReport {
  readonly seed: number;
  readonly counts: CrashCounts;
  readonly broken: readonly string[];
}

export interface RoundsOptions {
  readonly rounds: number;
  readonly seed: number;
  /** What the disk does in the middle of each round's load; left out when it only serves. */
  readonly fault?: FaultName;
  /** Told after each round. */
  readonly onRound?: (round: number, counts: CrashCounts, broken: readonly string[]) => void;
}

/** Runs the rounds. Throws only when something other than a promise fails, such as a start. */
export async function runRounds({
  rounds,
  seed,
  fault: faultName,
  onRound,
}: RoundsOptions): Promise<CrashReport> {
  const random = randomFrom(seed);
  const counts: CrashCounts = {
    rounds: 0,
    killed: 0,
    killedInStart: 0,
    calls: 0,
    slowestRate: Number.MAX_SAFE_INTEGER,
    meanRate: 0,
    ran: 0,
    ranByProgram: 0,
    approvedByPerson: 0,
    deniedOrRefused: 0,
    blockedByKill: 0,
    answeredAtKill: 0,
    blockedWithoutSupervisor: 0,
    expiredByRestart: 0,
    rows: 0,
    refusedByFault: 0,
    recoveredByItself: 0,
  };
  const found: string[] = [];
  for (let first = 1; first <= rounds; first += ROUNDS_A_HOME) {
    const site = new CrashSite();
    const fault = faultName === undefined ? null : faultOf(faultName, site.folder);
    fault?.prepare(site.data);
    site.more = fault?.env ?? {};
    const before = counts.rows;
    try {
      let life = await site.start();
      for (let round = first; round < first + ROUNDS_A_HOME && round <= rounds; round += 1) {
        const ended = await oneRound(site, life, round, random, counts, fault);
        life = ended.life;
        counts.rows += before;
        const lines = ended.broken.map((line) => `round ${round}: ${line}`);
        found.push(...lines);
        onRound?.(round, counts, lines);
      }
      await life.kill();
    } finally {
      await site.remove(() => fault?.end());
    }
  }
  return { seed, counts, broken: found };
}

async function oneRound(
  site: CrashSite,
  life: Life,
  round: number,
  random: () => number,
  counts: CrashCounts,
  fault: Fault | null,
): Promise<{ readonly life: Life; readonly broken: readonly string[] }> {
  const firstSeq = readLog(site.auditDb, 0).head + 1;
  const ranFile = join(site.folder, `ran-${round}`);
  const page: PageClient = await openPage(life);
  const load = await Load.begin({
    round,
    door: site.agentDoor,
    auditDb: site.auditDb,
    project: site.project,
    ranFile,
    random,
  });
  const person = new Person(page, random);
  load.sendWaiting(CROWD);
  await person.sees(CROWD.waitingPrograms + CROWD.waitingDoors);

  load.startBusy(CROWD);
  person.startAnswering();
  await load.underWay();
  await new Promise((resolve) => setTimeout(resolve, SHORTEST + random() * (LONGEST - SHORTEST)));
  const unclear = fault === null ? [] : await disturb(site, round, fault, random, counts);
  const wasAlive = life.alive;
  const rate = Math.round(load.rate());
  load.killed();
  await life.kill();
  fault?.mend();
  person.stop();
  await load.ended();
  page.end();

  const left = leftBehind(site.auditDb, firstSeq);
  if (random() < STUMBLES) {
    await site.startAndKill(random() * STUMBLE_MS);
    counts.killedInStart += 1;
  }
  const next = await site.start();
  const now = readLog(site.auditDb, firstSeq);
  const command = await site.verifyByCommand();
  const ran = readFileSync(ranFile, 'utf8').split('\n').filter(Boolean);
  const lines = broken({
    notes: load.notes,
    ran,
    left: left.rows,
    later: now.rows,
    chains: [
      { where: 'as the kill left it', problem: left.problem },
      { where: 'after the restart', problem: now.problem },
      { where: 'by the command', problem: command.code === 0 ? null : command.text },
    ],
    stillWaiting: now.waitingLines + pendingInStore(site.stateDb),
  });
  const all = (of: (note: (typeof load.notes)[number]) => boolean) => load.notes.filter(of).length;
  counts.rounds += 1;
  counts.killed += wasAlive ? 1 : 0;
  counts.slowestRate = Math.min(counts.slowestRate, rate);
  counts.meanRate = Math.round(counts.meanRate + (rate - counts.meanRate) / counts.rounds);
  counts.calls += load.notes.length;
  counts.ran += ran.length;
  counts.ranByProgram += all((note) => note.told === 'ran' && note.client === 'program');
  counts.approvedByPerson += left.rows.filter(
    ({ event }) => event.type === 'approval.resolved' && event.outcome === 'allowed',
  ).length;
  counts.deniedOrRefused += all((note) => note.told === 'blocked' && note.when === 'before');
  counts.blockedByKill += all((note) => note.told === 'blocked' && note.when === 'across');
  counts.answeredAtKill += all((note) => note.told === 'ran' && note.when === 'across');
  counts.blockedWithoutSupervisor += all((note) => note.told === 'blocked' && note.when === 'after');
  counts.expiredByRestart += now.rows.filter(
    ({ event }) => event.type === 'approval.resolved' && event.by === 'restart',
  ).length;
  counts.rows = now.head;
  const died = wasAlive ? [] : ['the supervisor had died before the kill'];
  return { life: next, broken: [...lines, ...unclear, ...died] };
}

/**
 * Lets the disk fail in the middle of the load: calls must be refused, in words; then it is mended, and calls must
 * run again by themselves, or the kill comes while it still fails.
 */
async function disturb(
  site: CrashSite,
  round: number,
  fault: Fault,
  random: () => number,
  counts: CrashCounts,
): Promise<readonly string[]> {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    const body = hookInput({
      id: `probe-${round}-${asked}`,
      session: `probe-${round}`,
      wish: 'read',
      cwd: site.project,
    });
    const end = await askAtDoor(site.agentDoor, body);
    return { told: end === null ? 'hung' : toldBy(end), words: end?.stdout ?? '' };
  };
  const until = async (wanted: Told): Promise<string | null> => {
    const since = performance.now();
    while (performance.now() - since < FAULT_MS) {
      const { told, words } = await ask();
      // Without words it was turned away at the door, which has only so many places.
      if (told === wanted && words !== '') return words;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return null;
  };
  fault.fail();
  const refusal = await until('blocked');
  if (refusal === null) return ['no call was refused while the disk failed'];
  counts.refusedByFault += 1;
  const unclear = REFUSAL.test(refusal) ? [] : [`a call was refused without a clear word: ${refusal}`];
  if (random() < 0.5) return unclear;
  fault.mend();
  if ((await until('ran')) === null) return [...unclear, 'calls did not run again when the disk was mended'];
  counts.recoveredByItself += 1;
  return unclear;
}

interface LogState {
  readonly head: number;
  readonly rows: readonly AuditRow[];
  readonly problem: string | null;
  /** Lines of the timeline that say that a request waits. */
  readonly waitingLines: number;
}

/** The log as the dead process left it, looked at in a copy: opening the real one would already mend it. */
function leftBehind(auditDb: string, firstSeq: number): LogState {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-left-'));
  try {
    const copy = join(folder, 'audit.db');
    copyFileSync(auditDb, copy);
    if (existsSync(`${auditDb}-wal`)) copyFileSync(`${auditDb}-wal`, `${copy}-wal`);
    return readLog(copy, firstSeq);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Checks the whole chain and reads the rows from `firstSeq` on; with 0 it reads no more than the head. */
function readLog(file: string, firstSeq: number): LogState {
  const database = openDatabase({
    file,
    applicationId: AUDIT_APPLICATION_ID,
    migrations: AUDIT_MIGRATIONS,
    readonly: true,
  });
  try {
    const reader = new Reader(database);
    const head = reader.stats().rows;
    if (firstSeq === 0) return { head, rows: [], problem: null, waitingLines: 0 };
    const { problem } = verifyChain(database);
    const waiting = database
      .prepare<[], { n: number }>("SELECT count(*) AS n FROM lines WHERE outcome = 'waits'")
      .get();
    return {
      head,
      rows: reader.rowsSince(firstSeq - 1, head),
      problem: problem === null ? null : `row ${problem.seq}: ${problem.text}`,
      waitingLines: waiting?.n ?? 0,
    };
  } finally {
    database.close();
  }
}

function pendingInStore(file: string): number {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const row = database.prepare("SELECT count(*) AS n FROM approvals WHERE state = 'pending'").get();
    return (row as { n: number }).n;
  } finally {
    database.close();
  }
}
