/** `policy explain`, `test`, `trust` and `schema` through the running supervisor, and the presets by their expectations. */
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectationsFile, wrongWith } from '../../main/app/commands/policy-test.ts';
import { presetFile } from '../../main/app/resources.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { understanding } from '../../main/engine/eval-line.ts';
import { compilePolicy } from '../../main/policy/compile.ts';
import { readExpectations } from '../../main/policy/expectations.ts';
import { openAnalyst } from '../support/analyst.ts';
import { claudeCall } from '../support/door-hook.ts';
import { ASKING, LETTING, RealApp } from '../support/real-app.ts';

let real: RealApp;
const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const put = (name: string, text: string) => writeFileSync(join(real.folder, name), text);

beforeEach(async () => {
  real = await RealApp.start(ASKING);
});
afterEach(() => real.remove());

describe('policy explain', () => {
  it('prints the gates and the nearest lines, or the same as JSON', async () => {
    put('p.yaml', LETTING);
    const call = JSON.stringify({
      module: 'filesystem',
      action: 'read',
      params: { path: '/tmp/a' },
      cwd: '/tmp',
    });
    const { exit, stdout } = await real.command(['policy', 'explain', '--policy', 'p.yaml', call]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^Allowed at gate5_classification/);
    expect(stdout).toMatch(/One line would change it:\n {2}/);
    const json = await real.command(['policy', 'explain', '--policy', 'p.yaml', '--json', call]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      decision: 'allow',
      gates: { length: 9 },
      changes: expect.arrayContaining([expect.objectContaining({ becomes: 'deny' })]),
    });
  });

  it('says what is wrong with the call or the file', async () => {
    put('p.yaml', LETTING);
    put('bad.yaml', 'tools: { capabilities: { default_policy: nope } }');
    expect(await real.command(['policy', 'explain', '--policy', 'p.yaml', 'ls'])).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^gatehouse: policy explain: this line is not JSON: .*; hint: /),
    });
    expect(await real.command(['policy', 'explain', '--policy', 'bad.yaml', '{}'])).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^bad\.yaml:1:42 /),
    });
  });
});

describe('policy explain without a call', () => {
  const folder = () => realpathSync(real.folder);

  it('tells the files in force with their trust, counts, defaults, and how to give a call that then is explained', async () => {
    put('gatehouse.yaml', 'tools: { capabilities: { deny: [{ module: web }] } }\n');
    const { exit, stdout } = await real.command(['policy', 'explain']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^Yours {6}.*policy\.yaml$/m);
    expect(stdout).toMatch(/^Project {4}.*gatehouse\.yaml; not trusted: it only tightens$/m);
    expect(stdout).toMatch(/^Rules {6}grant \d+ \(\d+ with a condition\), approve \d+, deny 1, hidden 0, /m);
    expect(stdout).toMatch(/^Otherwise {2}what no rule names is \S/m);
    expect(stdout).toMatch(/^ {2}Refused .*web\.fetch/m);
    expect(stdout).toMatch(/^ {2}Asks .*shell\.bash/m);
    const [, call = ''] = /policy explain '(\{.*\})'$/m.exec(stdout) ?? [];
    expect(JSON.parse(call)).toMatchObject({ cwd: real.folder });
    expect((await real.command(['policy', 'explain', call])).stdout).toMatch(
      /^Asks a person at gate4_policy/,
    );
    const fetched = JSON.stringify({ module: 'web', action: 'fetch', params: {}, cwd: folder() });
    expect((await real.command(['policy', 'explain', fetched])).stdout).toMatch(
      /^Refused at gate\d_\w+ \(.*gatehouse\.yaml:1\)/,
    );
    put('gatehouse.yaml', 'tools: nonsense\n');
    expect((await real.command(['policy', 'explain'])).stdout).toContain(
      'The policy file of this project has errors',
    );
    expect(await real.command(['policy', 'explain', fetched])).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('The policy file of this project has errors'),
    });
  });

  it('tells of one file what it says, and which preset it is', async () => {
    put('p.yaml', readFileSync(presetFile('coding'), 'utf8'));
    const { stdout } = await real.command(['policy', 'explain', '--policy', 'p.yaml', '--json']);
    const told = JSON.parse(stdout) as {
      readonly layers: readonly object[];
      readonly counts: Record<string, number>;
      readonly tools: Record<string, readonly string[]>;
    };
    expect(told.layers).toEqual([
      { layer: 'file', file: 'p.yaml', trusted: true, preset: 'coding', note: null },
    ]);
    expect(told.counts['grant']).toBeGreaterThan(0);
    expect(told.counts['conditional']).toBeGreaterThan(0);
    expect(told.tools['allow']).toContain('filesystem.read');
    put('p.yaml', `${readFileSync(presetFile('coding'), 'utf8')}# mine\n`);
    const changed = await real.command(['policy', 'explain', '--policy', 'p.yaml']);
    expect(changed.stdout).toMatch(/^File {7}p\.yaml$/m);
    expect(changed.stdout).toContain("policy explain --policy p.yaml '{");
  });
});

describe('policy test', () => {
  it('holds each expectation against the decision', async () => {
    put('p.yaml', LETTING);
    put(
      'p.test.yaml',
      `cases:
  - { name: right, call: { module: filesystem, action: read, params: { path: a }, cwd: /tmp }, expect: allow }
  - { call: { module: nosuch, action: read }, expect: deny, gate: gate2_risk, says: does not know }
  - { name: wrong, call: { module: nosuch, action: read }, expect: allow }
  - { name: elsewhere, call: { module: nosuch, action: read }, expect: deny, gate: gate4_policy }
  - { name: another rule, call: { module: nosuch, action: read }, expect: deny, rule: "capabilities.deny[0]" }
  - { name: other words, call: { module: nosuch, action: read }, expect: deny, says: hello }
`,
    );
    const { exit, stdout } = await real.command(['policy', 'test', 'p.yaml']);
    expect(exit).toBe(1);
    expect(lines(stdout).map((line) => line.slice(0, 40).replace(/ \(.*/, ''))).toEqual([
      'ok    right',
      'ok    case 2',
      'FAIL  wrong',
      'FAIL  elsewhere',
      'FAIL  another rule',
      'FAIL  other words',
      '2 passed, 4 failed',
    ]);
    expect(stdout).toMatch(/p\.test\.yaml:4\): expected allow, got deny \(gate2_risk\): /);
  });

  it('refuses expectations that expect nothing', async () => {
    put('p.yaml', LETTING);
    put('p.test.yaml', 'cases:\n  - { call: { module: web }, expected: allow }\n');
    const { exit, stderr } = await real.command(['policy', 'test', 'p.yaml']);
    expect([exit, lines(stderr).length]).toEqual([1, 2]);
    expect(stderr).toMatch(
      /p\.test\.yaml:2:\d+ cases\[0\]\.expected: unknown field "expected"; .*did you mean expect/,
    );
  });

  it.each(['observe', 'careful', 'coding', 'research', 'locked-down'])(
    'the preset %s does what it says',
    async (name) => {
      const file = presetFile(name);
      const compiled = compilePolicy(readFileSync(file, 'utf8'), file);
      const expectations = readExpectations(readFileSync(expectationsFile(file), 'utf8'), 'x');
      if (!compiled.ok || !expectations.ok) throw new Error('it does not compile');
      const protection = { paths: [], pids: [], home: '/home/dev' };
      const known = understanding(protection.home, new CallAnalyses(await openAnalyst(), protection.home));
      expect(expectations.cases.length).toBeGreaterThan(1);
      for (const item of expectations.cases) {
        // The command turns an agent's own form into the canonical one; here only the canonical ones are tried.
        if (Object.hasOwn(item.call, 'from')) continue;
        expect([item.name, wrongWith(item, compiled.policy, protection, known)]).toEqual([item.name, null]);
      }
    },
  );
});

describe('the preset coding', () => {
  const decided = async (file: string, ...commands: string[]) => {
    const calls = commands.map((command) =>
      JSON.stringify({ from: 'claude-code', tool_name: 'Bash', tool_input: { command }, cwd: '/srv/app' }),
    );
    const { stdout } = await real.command(['policy', 'eval', '--policy', file, ...calls]);
    return lines(stdout).map((line) => JSON.parse(line) as { decision: string; effects: object });
  };

  it('is decided by the analysis in policy eval as in the supervisor', async () => {
    put('coding.yaml', readFileSync(presetFile('coding'), 'utf8'));
    const found = await decided('coding.yaml', 'git status', 'npm test', 'cat ~/.ssh/id_rsa', '$X');
    expect(found.map(({ decision }) => decision)).toEqual(['allow', 'allow', 'approve', 'approve']);
    expect(found[2]?.effects).toMatchObject({ concerns: [{ code: 'secret' }] });
  });

  it('lets an ordinary command through the hook, and keeps another one waiting', async () => {
    await real.stop();
    real.writePolicy(readFileSync(presetFile('coding'), 'utf8'));
    await real.start();
    const cwd = join(realpathSync(real.folder), 'web');
    mkdirSync(cwd);
    const bash = (command: string, hangUp?: AbortSignal) =>
      real.ask(claudeCall('Bash', { command }, { cwd }), hangUp);
    expect(await bash('git status && npm test')).toMatchObject({ decision: 'allow' });
    const given = new AbortController();
    const waiting = bash('cat ~/.ssh/id_ed25519', given.signal).catch(() => null);
    await expect.poll(async () => (await real.command(['approvals', 'list'])).stdout).toContain('id_ed25519');
    given.abort();
    expect((await waiting)?.decision).not.toBe('allow');
  });

  it('has lines in its words that ask about code of the project outside of a sandbox', async () => {
    const text = readFileSync(presetFile('coding'), 'utf8');
    const inWords = text.split('\n').flatMap((line) => /^# {3}(- .*)$/.exec(line)?.[1] ?? []);
    expect(inWords).toHaveLength(2);
    const own = /^ {6}- \{ module: shell, actions: \[bash\].*$/m;
    expect(text).toMatch(own);
    put('asking.yaml', text.replace(own, inWords.map((line) => `      ${line}`).join('\n')));
    const found = await decided('asking.yaml', 'git status', 'npm test', 'npx cowsay', 'make', 'node a.js');
    expect(found.map(({ decision }) => decision)).toEqual(['allow', ...Array<string>(4).fill('approve')]);
  });
});

describe('policy trust', () => {
  const project = () => join(realpathSync(real.folder), 'web');
  const file = () => join(project(), 'gatehouse.yaml');

  beforeEach(() => {
    mkdirSync(join(real.folder, 'web'));
    put(
      'web/gatehouse.yaml',
      'tools: { modules: { lsp: {} }, capabilities: { grant: [lsp.query], deny: [web] } }\n',
    );
  });

  it('shows what it would give, asks for the PIN, and writes it down', async () => {
    await real.page('first').value('setPin', { pin: '123456', current: null });
    const {
      exit,
      stdout,
      questions: asked,
    } = await real.command(['policy', 'trust', 'web/gatehouse.yaml'], ['123456']);
    expect([exit, stdout]).toEqual([0, expect.stringMatching(/^Trusted: .*web\/gatehouse\.yaml/)]);
    expect(asked[0]).toMatch(/line 1: Without a question: lsp\.query/);
    expect(asked[0]).toMatch(/PIN for trusting web\/gatehouse\.yaml/);
    expect(asked[0]).not.toMatch(/Denied/);
    const { rows } = await real.page('first').value('timeline', { action: ['policy.trusted'] }, null, 10);
    expect(rows.map(({ summary }) => summary)).toEqual(['A policy file of a project is trusted']);
    expect((await real.command(['policy', 'distrust', 'web/gatehouse.yaml'])).stdout).toMatch(
      /^No longer trusted/,
    );
    expect((await real.command(['policy', 'distrust', 'web/gatehouse.yaml'])).stdout).toMatch(
      /^It was not trusted/,
    );
  });

  it('trusts nothing without a person, a file of that name, and one that compiles', async () => {
    expect(await real.command(['policy', 'trust', 'web/gatehouse.yaml'])).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/no PIN is set/),
    });
    put('other.yaml', LETTING);
    expect((await real.command(['policy', 'trust', 'other.yaml'])).stderr).toMatch(
      /that is called gatehouse\.yaml/,
    );
    put('web/gatehouse.yaml', 'tools: { capabilities: { deny: [nosuch] } }\n');
    expect((await real.command(['policy', 'trust', 'web/gatehouse.yaml'])).stderr).toMatch(
      /^web\/gatehouse\.yaml:1:33 /,
    );
    expect(file()).toMatch(/gatehouse\.yaml$/);
  });
});

describe('policy schema', () => {
  it('prints the schema that is shipped', async () => {
    const { stdout } = await real.command(['policy', 'schema']);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Gatehouse policy' });
  });
});
