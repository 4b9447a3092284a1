/** Tries the analysis with many texts: broken ones must not stop it, and no other spelling may free what it stops. */
import { fileURLToPath } from 'node:url';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { isDestructive } from '../../main/analysis/result.ts';
import { readShellCases } from '../conformance/shell-cases.ts';
import { HERE, readCalls, SETS } from '../judgement/judgement.ts';
import { PLACE } from './analyst.ts';
import { broken, mutated, randomFrom } from './shell-mutations.ts';

export interface FuzzOutcome {
  readonly broken: number;
  readonly mutations: number;
  /** Threw, or answered with something that is no analysis. */
  readonly failures: readonly string[];
  /** Stopped before, and not afterwards. */
  readonly freed: readonly { readonly before: string; readonly after: string }[];
  readonly slowestMs: number;
  readonly slowest: string;
}

function textsOf(): { readonly all: readonly string[]; readonly stopped: readonly string[] } {
  const cases = readShellCases(fileURLToPath(new URL('../conformance/shell.jsonl', import.meta.url)));
  const commands = (name: string): readonly string[] =>
    readCalls(HERE(name)).flatMap(({ tool_input: input }) =>
      typeof input['command'] === 'string' ? [input['command']] : [],
    );
  const attacks = Object.values(SETS).flatMap(([name]) => commands(name));
  const ordinary = Object.values(SETS).flatMap(([, name]) => commands(name));
  const stopped = [
    ...cases.filter(({ verdict }) => verdict === 'destructive').map(({ command }) => command),
    ...attacks,
  ];
  return { all: [...cases.map(({ command }) => command), ...attacks, ...ordinary], stopped };
}

/** @param count inputs in all, a quarter of them other spellings of what is stopped */
export function fuzz(analyst: Analyst, seed: number, count: number): FuzzOutcome {
  const random = randomFrom(seed);
  const { all, stopped } = textsOf();
  const held = stopped.filter((text) => isStopped(analyst, text));
  const failures: string[] = [];
  const freed: { before: string; after: string }[] = [];
  let [brokenCount, mutations, slowestMs, slowest] = [0, 0, 0, ''];
  for (let index = 0; index < count; index += 1) {
    const isMutation = index % 4 === 0;
    const before =
      (isMutation ? held : all)[Math.floor(random() * (isMutation ? held.length : all.length))] ?? 'ls';
    let text = before;
    if (isMutation) {
      const rounds = 1 + Math.floor(random() * 3);
      for (let round = 0; round < rounds; round += 1) text = mutated(text, random);
      mutations += 1;
    } else {
      text = broken(before, random);
      brokenCount += 1;
    }
    const start = performance.now();
    try {
      const analysis = analyst.shell(text, PLACE);
      if (!Array.isArray(analysis.commands) || analysis.concerns.some(({ says }) => typeof says !== 'string'))
        failures.push(text);
      if (isMutation && analysis.concerns.length === 0) freed.push({ before, after: text });
    } catch (error) {
      failures.push(`${String(error)}: ${text}`);
    }
    const took = performance.now() - start;
    if (took > slowestMs) [slowestMs, slowest] = [took, text];
  }
  return { broken: brokenCount, mutations, failures, freed, slowestMs, slowest };
}

function isStopped(analyst: Analyst, text: string): boolean {
  const analysis = analyst.shell(text, PLACE);
  return isDestructive(analysis) || analysis.concerns.length > 0;
}
