/**
 * The content scan of gate 5: per KB of ordinary text, and with the texts that patterns usually choke on, where
 * eight times the text must not take much more than eight times as long. Prints one line of JSON; the baseline is
 * one pass over the same text by `indexOf`.
 */
import process from 'node:process';
import { scanText } from '../../main/analysis/content/scan.ts';

const SOURCE = `import { readFile } from 'node:fs/promises';

/** Reads the settings; a token is taken from the environment. */
export async function settings(path: string): Promise<Settings> {
  const text = await readFile(path, 'utf8');
  const parsed = JSON.parse(text) as { api_key?: string; url: string; retries: number };
  return { url: parsed.url, key: parsed.api_key ?? process.env.API_KEY ?? '', retries: parsed.retries ?? 3 };
}
// See https://nodejs.org/api/fs.html, commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12, 2024-11-26 13:55:04.1234
`;
const KB = SOURCE.repeat(4).slice(0, 1024);

function median(run: () => unknown, samples: number): number {
  const times: number[] = [];
  for (let at = 0; at < samples; at += 1) {
    const start = process.hrtime.bigint();
    run();
    times.push(Number(process.hrtime.bigint() - start));
  }
  return times.sort((a, b) => a - b)[Math.floor(samples / 2)] ?? 0;
}

const perSize = [1, 4, 64].map((kb) => {
  const text = KB.repeat(kb);
  for (let at = 0; at < 200; at += 1) scanText(text);
  const ns = median(() => scanText(text), 400);
  return { kb, us: Math.round(ns / 10) / 100, us_per_kb: Math.round(ns / 10 / kb) / 100 };
});

const hostile = [
  'a',
  '@',
  'token=',
  'eyJ',
  '-----BEGIN PRIVATE KEY-----',
  'sk-',
  '4 ',
  'a@a.',
  '://:',
  'DE12 ',
].map((unit) => {
  const text = (length: number): string => unit.repeat(Math.ceil(length / unit.length));
  const [small, large] = [text(32_768), text(262_144)];
  for (let at = 0; at < 3; at += 1) scanText(small);
  const [few, many] = [median(() => scanText(small), 5), median(() => scanText(large), 3)];
  return {
    unit,
    us_per_kb: Math.round(many / 10 / 256) / 100,
    eight_times_the_text_takes: Math.round((many / few) * 10) / 10,
  };
});
const baseline = median(() => KB.indexOf('\0'), 2000);
process.stdout.write(
  `${JSON.stringify({ name: 'content-scan', results: perSize, hostile, baseline: { what: 'one search through 1 KB', ns: baseline } })}\n`,
);
