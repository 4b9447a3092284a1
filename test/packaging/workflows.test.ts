import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = join(import.meta.dirname, '..', '..', '.github', 'workflows');

interface Workflow {
  readonly on: unknown;
  readonly permissions: unknown;
  readonly jobs: Record<
    string,
    {
      readonly permissions?: Record<string, string>;
      readonly 'timeout-minutes'?: number;
      readonly steps: readonly {
        readonly uses?: string;
        readonly run?: string;
        readonly with?: Record<string, unknown>;
      }[];
    }
  >;
}
const workflow = (name: string) => parse(readFileSync(join(folder, name), 'utf8')) as Workflow;
const steps = (name: string) => Object.values(workflow(name).jobs).flatMap((job) => job.steps);

describe.each(readdirSync(folder))('%s', (name) => {
  it('names every action by the commit it was read at, with its version beside it', () => {
    const used = readFileSync(join(folder, name), 'utf8').match(/uses: .+/g) ?? [];
    expect(used.length).toBeGreaterThan(0);
    for (const line of used) expect(line).toMatch(/^uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may read, and more only in the job that needs it; every job ends', () => {
    expect(workflow(name).permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(workflow(name).jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('leaves no key in the checkout, and puts nothing of the event into a shell', () => {
    for (const { uses, with: given } of steps(name))
      if (uses?.startsWith('actions/checkout@') === true) expect(given?.['persist-credentials']).toBe(false);
    for (const { run } of steps(name)) expect(run ?? '').not.toMatch(/\$\{\{\s*github\./);
  });
});

describe('the release', () => {
  it('says of every package how it was built, and keeps what it says beside the files', () => {
    const attest = steps('release.yml').find(
      ({ uses }) => uses?.includes('attest-build-provenance') === true,
    );
    for (const kind of ['AppImage', 'deb', 'rpm', 'dmg', 'zip', 'exe'])
      expect(attest?.with?.['subject-path']).toContain(`packages/*.${kind}`);
    expect(workflow('release.yml').jobs['pack']?.permissions).toEqual({
      contents: 'read',
      'id-token': 'write',
      attestations: 'write',
    });
  });

  it('ends as a draft that a person publishes', () => {
    const runs = steps('release.yml').map(({ run }) => run ?? '');
    expect(runs.some((run) => run.includes('--publish never'))).toBe(true);
    expect(runs.filter((run) => run.includes('gh release')).every((run) => run.includes('--draft'))).toBe(
      true,
    );
  });
});

it('the tests run on the three systems, and the real window is run where its program is', () => {
  const { jobs } = workflow('test.yml');
  const text = JSON.stringify(jobs);
  for (const os of ['ubuntu-', 'macos-', 'windows-']) expect(text).toContain(os);
  expect(text).toContain('.ci/run');
  expect(text).toContain('install-electron');
});
