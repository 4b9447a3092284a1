import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PolicyKeeper } from '../../main/app/policy-keeper.ts';
import { readPreset } from '../../main/app/resources.ts';
import { compilePolicy } from '../../main/policy/compile.ts';
import { openStateStore, type StateStore } from '../../main/store/state-store.ts';
import { ASKING, LETTING, policyText } from '../support/real-app.ts';

let folder: string;
let file: string;
let store: StateStore;

const hashOf = (text: string) => {
  const compiled = compilePolicy(text, file);
  return compiled.ok ? compiled.policy.hash : 'does not compile';
};
const keeper = () => new PolicyKeeper({ file, store: store.policies, preset: readPreset('careful') });
const loaded = () => {
  const made = keeper();
  const event = made.load();
  return { made, event };
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-policy-'));
  file = join(folder, 'policy.yaml');
  store = openStateStore(join(folder, 'state.db'));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const WRONG = `tools:
  modules: { filesystem: {}, shel: {} }
  capabilities:
    default_policy: aproove
    max_risk_level: high
    grant:
      - { module: filesystem, actions: [reed] }
    surprise: 1
`;

describe('at the first start', () => {
  it('puts the preset there, for its owner alone, and in force', () => {
    const { made, event } = loaded();
    expect(readFileSync(file, 'utf8')).toBe(readPreset('careful'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(event).toMatchObject({
      type: 'policy.loaded',
      state: 'ok',
      file,
      errors: [],
      hash: hashOf(readPreset('careful')),
    });
    expect(made.policy()?.hash).toBe(hashOf(readPreset('careful')));
    expect(made.sentence()).toBe('The policy file is in force.');
  });

  it('touches no file that is there, good or bad', () => {
    for (const text of [LETTING, WRONG, '']) {
      writeFileSync(file, text);
      loaded();
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });

  it('is not kept from it by what an earlier start left', () => {
    writeFileSync(join(folder, `.policy.${process.pid}.tmp`), 'half');
    expect(loaded().event).toMatchObject({ state: 'ok' });
  });

  it('says it when it cannot be put there', () => {
    file = join(folder, 'gone', 'policy.yaml');
    expect(() => keeper()).toThrow(expect.objectContaining({ code: 'unwritable' }));
  });
});

describe('a file that does not compile', () => {
  it('with none before it puts nothing in force, and tells every error with its place', () => {
    writeFileSync(file, WRONG);
    const { made, event } = loaded();
    expect(made.policy()).toBeNull();
    expect(made.status().state).toBe('none');
    expect(made.sentence()).toMatch(
      /^The policy file has 4 errors and no earlier version is known\. Everything is refused\.$/,
    );
    const lines = WRONG.split('\n');
    const pointedAt = made
      .status()
      .errors.map(({ line, column }) => lines[line - 1]?.slice(column - 1).split(/[ :\]},]/, 1)[0]);
    expect(pointedAt).toEqual(['shel', 'aproove', 'reed', 'surprise']);
    for (const error of made.status().errors) expect(error).toMatchObject({ file, severity: 'error' });
    expect(made.status().errors.map(({ path }) => path)).toEqual([
      'tools.modules.shel',
      'tools.capabilities.default_policy',
      'tools.capabilities.grant[0].actions[0]',
      'tools.capabilities.surprise',
    ]);
    expect(
      made
        .status()
        .errors.map(({ message }) => message)
        .join('\n'),
    ).toMatch(/did you mean shell[\s\S]*did you mean approve[\s\S]*did you mean read/);
    if (event.type !== 'policy.loaded') throw new Error('another event');
    expect(event).toMatchObject({ state: 'none', hash: null });
    expect(event.errors).toHaveLength(4);
    expect(event.errors[0]).toMatch(/^2:30 tools\.modules\.shel: /);
  });

  it('at a start keeps the one that was in force when the supervisor last ran, and says so', () => {
    writeFileSync(file, ASKING);
    loaded();
    writeFileSync(file, WRONG);
    const { made, event } = loaded();
    expect(made.policy()?.hash).toBe(hashOf(ASKING));
    expect(event).toMatchObject({ state: 'last_good', hash: hashOf(ASKING), errors: { length: 4 } });
    expect(made.sentence()).toBe('The policy file has 4 errors. The last good version stays in force.');
  });

  it('while it runs keeps the one in force, until it is mended', () => {
    writeFileSync(file, ASKING);
    const { made } = loaded();
    writeFileSync(file, LETTING);
    expect(made.policy()?.hash).toBe(hashOf(ASKING));
    writeFileSync(file, WRONG);
    expect(made.load()).toMatchObject({ state: 'last_good', hash: hashOf(ASKING) });
    expect(made.policy()?.hash).toBe(hashOf(ASKING));
    writeFileSync(file, LETTING);
    expect(made.load()).toMatchObject({ state: 'ok', hash: hashOf(LETTING), errors: [] });
    expect(made.policy()?.hash).toBe(hashOf(LETTING));
    expect(made.status().errors).toEqual([]);
  });

  it('is never kept as a good one', () => {
    writeFileSync(file, ASKING);
    const { made } = loaded();
    writeFileSync(file, WRONG);
    made.load();
    expect(store.policies.lastGood()?.text).toBe(ASKING);
  });

  it('falls back to nothing when this version refuses what an earlier one took', () => {
    store.policies.keep({ hash: 'old', file, text: WRONG });
    writeFileSync(file, WRONG);
    const { made, event } = loaded();
    expect(made.policy()).toBeNull();
    expect(event).toMatchObject({ state: 'none', hash: null });
  });

  it('tells a handful of errors to the log and no more, however many there are', () => {
    writeFileSync(
      file,
      `tools:\n  modules:\n${Array.from({ length: 500 }, (_, index) => `    m${index}: {}\n`).join('')}`,
    );
    const { made, event } = loaded();
    if (event.type !== 'policy.loaded') throw new Error('another event');
    expect(event.errors).toHaveLength(20);
    expect(made.status().errors.length).toBeLessThanOrEqual(200);
  });
});

describe('a file that cannot be read', () => {
  const inForce = () => {
    writeFileSync(file, ASKING);
    const { made } = loaded();
    rmSync(file);
    return made;
  };
  const cases: readonly (readonly [string, () => void, RegExp])[] = [
    ['is removed', () => undefined, /^the file cannot be read: ENOENT/],
    ['is a folder', () => mkdirSync(file), /^the file cannot be read: it is not a regular file$/],
    ['is a pipe that nobody writes into', () => execFileSync('mkfifo', [file]), /it is not a regular file$/],
    [
      'is a device without an end',
      () => symlinkSync('/dev/zero', file),
      /it is a link; put the file itself there$/,
    ],
    [
      'is a link to a good policy elsewhere, where nobody protects it',
      () => {
        writeFileSync(join(folder, 'other.yaml'), LETTING);
        symlinkSync(join(folder, 'other.yaml'), file);
      },
      /it is a link/,
    ],
    ['is a link that leads nowhere', () => symlinkSync('nowhere', file), /it is a link/],
    [
      'is not UTF-8',
      () => writeFileSync(file, Buffer.from([0x74, 0xc3, 0x28])),
      /^the file cannot be read: it is not UTF-8$/,
    ],
    ['is UTF-16', () => writeFileSync(file, Buffer.from(`\ufeff${LETTING}`, 'utf16le')), /it is not UTF-8$/],
    [
      'is huge',
      () => {
        writeFileSync(file, '');
        truncateSync(file, 1024 ** 4);
      },
      /it is larger than 1572864 bytes$/,
    ],
    [
      'is larger than a policy may be',
      () => writeFileSync(file, `# ${'x'.repeat(600_000)}`),
      /a policy file may hold 524288 characters/,
    ],
    ['is empty', () => writeFileSync(file, ''), /the file is empty/],
    ['holds nothing but a comment', () => writeFileSync(file, '# nothing\n'), /the file is empty/],
  ];

  it.each(cases)(
    '%s: the last good one stays in force, while it runs and at the next start',
    (_name, act, words) => {
      const made = inForce();
      act();
      for (const one of [made, keeper()]) {
        expect(one.load()).toMatchObject({ state: 'last_good', hash: hashOf(ASKING) });
        expect(one.policy()?.hash).toBe(hashOf(ASKING));
        expect(one.status().errors).toHaveLength(1);
        expect(one.status().errors[0]).toMatchObject({
          file,
          line: 1,
          column: 1,
          message: expect.stringMatching(words),
        });
        expect(one.sentence()).toBe('The policy file has 1 error. The last good version stays in force.');
      }
    },
  );

  it.each(cases.slice(1))('%s, with none before: nothing is in force', (_name, act, words) => {
    act();
    const { made, event } = loaded();
    expect(event).toMatchObject({ state: 'none', hash: null });
    expect(made.policy()).toBeNull();
    expect(made.status().errors[0]?.message).toMatch(words);
  });

  it('that was removed is not replaced by the preset: the person may have meant it', () => {
    inForce();
    loaded();
    expect(existsSync(file)).toBe(false);
  });

  it('with a byte order mark or another name of the same file is fine', () => {
    writeFileSync(join(folder, 'second-name'), `\ufeff${LETTING}`);
    linkSync(join(folder, 'second-name'), file);
    expect(loaded().event).toMatchObject({ state: 'ok', hash: hashOf(`\ufeff${LETTING}`) });
  });
});

describe('the last good one', () => {
  it('is not put in force when it cannot be kept', () => {
    writeFileSync(file, ASKING);
    const { made } = loaded();
    store.close();
    writeFileSync(file, LETTING);
    expect(made.load()).toMatchObject({ state: 'last_good', hash: hashOf(ASKING) });
    expect(made.policy()?.hash).toBe(hashOf(ASKING));
    store = openStateStore(join(folder, 'state.db'));
    expect(store.policies.lastGood()?.text).toBe(ASKING);
  });

  it('is kept with the text to the byte', () => {
    const text = `# ü\r\n${policyText('default_policy: block')}`;
    writeFileSync(file, text);
    loaded();
    expect(store.policies.lastGood()).toEqual({ hash: hashOf(text), file, text });
  });
});
