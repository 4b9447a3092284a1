/**
 * Sandboxes with a real supervisor, of which the supervisor, the launcher, process 1 or the command is killed at a
 * random moment: before the plan, while it is built, while it runs, or while it ends.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processRuns } from '../../main/platform/process-facts.ts';
import { CrashSite, type Life } from '../crash/supervisor.ts';
import { buildOnce } from './built.ts';
import { childrenOf, kill } from './kill-targets.ts';
import { startRun } from './run-client.ts';

export interface SupervisedKills {
  readonly counts: Readonly<Record<`${'supervised' | 'planted_and'}_${string}`, number>>;
  readonly broken: readonly string[];
}

type Target = 'supervisor' | 'launcher' | 'first' | 'command';
const TARGETS: readonly Target[] = ['supervisor', 'launcher', 'first', 'command'];
/** Kills fall within the first part of a second: all of a launch, and the end of those that end by themselves. */
const LATEST_MS = 350;
const SETTLE_MS = 20_000;

/**
 * @param mark  the seconds that its commands sleep: what their processes are known by
 * @param random  0‥1
 */
export async function killEitherSide(
  rounds: number,
  mark: string,
  random: () => number,
): Promise<SupervisedKills> {
  await buildOnce();
  const site = new CrashSite();
  const bin = join(site.folder, 'bin');
  mkdirSync(bin);
  // By this name it gets a copy of an agent's folder, which must not outlive it.
  writeFileSync(
    join(bin, 'codex'),
    `#!/bin/sh\necho x > .envrc\necho up\n[ "$1" = stays ] && { setsid sleep ${mark} & sleep ${mark}; }\nexit 7\n`,
  );
  chmodSync(join(bin, 'codex'), 0o755);
  const planted = join(site.project, '.envrc');
  const states = join(site.data, 'sessions');
  const counts = { supervised_killed: 0, supervised_ended: 0, planted_and_named: 0, planted_and_taken: 0 };
  const each: Record<string, number> = {};
  const broken: string[] = [];
  let life: Life = await site.start();
  try {
    for (let round = 0; round < rounds; round++) {
      const target = TARGETS[Math.floor(random() * TARGETS.length)] ?? 'supervisor';
      const stays = random() < 0.7;
      rmSync(planted, { force: true });
      const running = startRun(
        site.agentDoor,
        ['--level', 'strict', '--', 'codex', stays ? 'stays' : 'goes'],
        {
          cwd: site.project,
          env: { PATH: `${bin}:/usr/bin:/bin`, HOME: join(site.folder, 'home') },
        },
      );
      running.write('');
      await new Promise((resolve) => setTimeout(resolve, random() * LATEST_MS));
      const [first] = childrenOf(running.pid);
      const [command] = first === undefined ? [] : childrenOf(first);
      const pid = { supervisor: life.pid, launcher: running.pid, first, command }[target] ?? running.pid;
      const killed = pid === life.pid ? 'supervisor' : pid === running.pid ? 'launcher' : target;
      each[`supervised_${killed}`] = (each[`supervised_${killed}`] ?? 0) + 1;
      if (killed === 'supervisor') await life.kill();
      else kill(pid);
      // A command that was to stay and was not hit, because it did not run yet, is ended by its launcher's end.
      const late = setTimeout(() => kill(running.pid), 3000);
      const { code, stderr } = await running.ended;
      clearTimeout(late);
      counts[code === null ? 'supervised_killed' : 'supervised_ended']++;
      const right: Record<string, readonly (number | null)[]> = {
        // Killed before it answered, while it ran, or after the command had ended by itself.
        supervisor: stays ? [125, 126, null] : [7, 125, 126, null],
        launcher: stays ? [null] : [null, 7],
        first: stays ? [125, 126, null] : [7, 125, 126, null],
        command: stays ? [137, 125, 126, null] : [7, 137, 125, 126, null],
      };
      const told = `round ${round}, ${killed} killed, ${stays ? 'stays' : 'goes'}: `;
      if (!(right[killed] ?? []).includes(code)) broken.push(`${told}code ${code}: ${stderr}`);
      if (killed === 'supervisor') {
        if (existsSync(planted)) {
          counts.planted_and_named++;
          if (code !== null && !stderr.includes('.envrc'))
            broken.push(`${told}.envrc stays and is not named: ${stderr}`);
        }
        life = await site.start();
      } else if (!(await soon(() => lstatSync(planted, { throwIfNoEntry: false }) === undefined))) {
        broken.push(`${told}.envrc was left`);
      } else counts.planted_and_taken++;
      if (!(await soon(() => !existsSync(states) || readdirSync(states).length === 0)))
        broken.push(`${told}copies of the agent's folder were left: ${readdirSync(states).join(', ')}`);
      if (!(await soon(() => first === undefined || !processRuns(first, null))))
        broken.push(`${told}process 1 of it still runs`);
    }
    await life.kill();
  } finally {
    await site.remove();
  }
  return { counts: { ...counts, ...each }, broken };
}

async function soon(holds: () => boolean): Promise<boolean> {
  for (const until = performance.now() + SETTLE_MS; performance.now() < until; ) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return holds();
}
