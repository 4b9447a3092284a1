/** What a launcher tells at the end of a sandbox, over the real control connection. */
import { duplexPair } from 'node:stream';
import { expect, it } from 'vitest';
import { RunControl, type RunEnd } from '../../../main/points/run/run-control.ts';

it('says that it has not seen all where more is named than it keeps', async () => {
  const told = Promise.withResolvers<RunEnd>();
  const [ours, launcher] = duplexPair();
  launcher.resume();
  new RunControl(ours, {
    plan: async () => 'a plan',
    ready: async () => undefined,
    denied: () => undefined,
    ended: async (end) => {
      told.resolve(end);
      return '';
    },
    dropped: () => undefined,
    defect: (error) => told.reject(error),
  });
  launcher.write('word true\ncwd /p\nrun .\n');
  for (let one = 0; one < 10_001; one += 1) launcher.write(`found /p/${one}/.envrc\n`);
  launcher.write('ended 0 1 0 1 \n');
  const { found, whole } = await told.promise;
  expect([found.length, whole]).toEqual([10_000, false]);
});

it('tells the end of a session also where it could not be written down', async () => {
  const defects: unknown[] = [];
  const [ours, launcher] = duplexPair();
  let told = '';
  launcher.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const over = new Promise((resolve) => launcher.once('end', resolve));
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  new RunControl(ours, {
    plan: async () => 'a plan',
    ready: async () => undefined,
    denied: () => undefined,
    ended: () => Promise.reject(full),
    dropped: () => undefined,
    defect: (error) => defects.push(error),
  });
  launcher.write('word true\ncwd /p\nrun .\n');
  launcher.write('ended 0 1 0 1 \n');
  await over;
  expect(told).toMatch(
    /summary \d+\ngatehouse: the session is over, and what it changed cannot be told: the disk is full; hint: make room .*\n$/,
  );
  expect(defects).toEqual([full]);
});
