/** The real Codex, connected by the real installer. Only the model and the engine are doubles. */
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AgentContext } from '../../main/points/agents/agent-context.ts';
import { agentState } from '../../main/points/agents/agent-state.ts';
import { diagnose } from '../../main/points/agents/doctor.ts';
import { applyPlan, planDisconnect } from '../../main/points/agents/settings-plan.ts';
import {
  type ClientScene,
  CODEX_CLIENT,
  clientScene,
  HOW_TO_INSTALL_CLIENTS,
  textOf,
} from '../support/client-scene.ts';
import { type Answer, allowed, denied } from '../support/fake-engine.ts';
import { builtProgram } from '../support/hook-program.ts';

const source = builtProgram(CODEX_CLIENT.program !== null);

const scene = (
  answer: Answer,
  act: (scene: ClientScene) => Promise<void>,
  more: Parameters<typeof clientScene>[4] = {},
) => clientScene(CODEX_CLIENT, source(), answer, act, more);

const missing = CODEX_CLIENT.program === null;
describe.skipIf(missing)(
  missing ? `the real Codex is not here; to add it: ${HOW_TO_INSTALL_CLIENTS}` : 'the real Codex',
  { timeout: 400_000 },
  () => {
    it('runs what is allowed and is told nothing else', async () => {
      await scene(
        () => allowed(),
        async ({ play, engine, work }) => {
          const { exit, results } = await play([CODEX_CLIENT.write]);
          expect(exit).toBe(0);
          expect(textOf(work, 'out.txt')).toBe('hi\n');
          expect(results).toHaveLength(1);
          expect(engine.authorized).toMatchObject([
            {
              client: 'codex',
              module: 'shell',
              action: 'bash',
              toolName: 'Bash',
              params: { command: 'echo hi > out.txt' },
              claimedCwd: work,
              agent: 'main',
              permissionMode: 'bypassPermissions',
            },
          ]);
          expect(engine.prompts).toEqual(['go']);
          expect(engine.started).toHaveLength(1);
          expect(engine.completed).toMatchObject([{ claimedCallId: 'call_0_0', success: true }]);
          expect(engine.heard).toEqual([]);
        },
      );
    });

    it('does not run what is denied, and the model is told why', async () => {
      await scene(
        () => denied('Denied by a person. The person says: not in this folder.'),
        async ({ play, engine, work }) => {
          const { results } = await play([CODEX_CLIENT.write], {
            words: ['--dangerously-bypass-hook-trust'],
          });
          expect(textOf(work, 'out.txt')).toBeNull();
          expect(results.join()).toContain('The person says: not in this folder.');
          expect(engine.completed).toEqual([]);
        },
      );
    });

    it('waits as long as a person takes', async () => {
      await scene(
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 4000));
          return allowed();
        },
        async ({ play, work }) => {
          await play([CODEX_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBe('hi\n');
        },
      );
    });

    it('asks about patches, calls inside a script, subagents and images too', async () => {
      const patch = '*** Begin Patch\n*** Add File: p.txt\n+hello\n*** End Patch\n';
      await scene(
        () => denied('Denied: no.'),
        async ({ play, engine, work }) => {
          await play([
            [{ name: 'apply_patch', args: {}, text: patch }],
            [{ name: 'view_image', args: { path: '/etc/hostname' } }],
            [
              {
                name: 'spawn_agent',
                namespace: 'multi_agent_v1',
                args: { message: 'x', agent_type: 'worker' },
              },
            ],
          ]);
          const inScript = await play(
            [
              [
                {
                  name: 'exec',
                  namespace: 'functions',
                  args: {},
                  text: `await tools.exec_command({cmd:"echo > a.txt"}).catch(() => 0); await tools.apply_patch(${JSON.stringify(patch)});`,
                },
              ],
            ],
            { words: ['-m', 'gpt-6.2-sol'] },
          );
          expect(inScript.exit).toBe(0);
          expect(
            engine.authorized.map(({ module, action, params }) => [`${module}.${action}`, params]),
          ).toEqual([
            ['filesystem.patch', { patch }],
            ['filesystem.read', { path: '/etc/hostname' }],
            ['agent.spawn', { message: 'x', agent_type: 'worker' }],
            ['shell.bash', { command: 'echo > a.txt' }],
            ['filesystem.patch', { patch }],
          ]);
          expect(textOf(work, 'p.txt')).toBeNull();
          expect(textOf(work, 'a.txt')).toBeNull();
        },
      );
    });

    it('runs other parameters than it asked for when it is told to', async () => {
      const patch = (text: string) => `*** Begin Patch\n*** Add File: p.txt\n+${text}\n*** End Patch\n`;
      await scene(
        ({ params }) => ({
          ...allowed(),
          params: 'patch' in params ? { patch: patch('mended') } : { command: 'echo mended > out.txt' },
        }),
        async ({ play, work }) => {
          await play([CODEX_CLIENT.write, [{ name: 'apply_patch', args: {}, text: patch('broken') }]]);
          expect(textOf(work, 'out.txt')).toBe('mended\n');
          expect(textOf(work, 'p.txt')).toBe('mended\n');
        },
      );
    });

    it('shows the model a result without what is secret', async () => {
      await scene(
        () => allowed(),
        async ({ play }) => {
          const { results } = await play([
            [{ name: 'exec_command', args: { cmd: 'echo before S3CRET after' } }],
          ]);
          expect(results.join()).toContain('before [gone] after');
          expect(results.join()).not.toContain('S3CRET');
        },
        { redact: (result) => JSON.parse(JSON.stringify(result).replaceAll('S3CRET', '[gone]')) },
      );
    });

    it('is blocked when there is no supervisor, and free again after disconnect', async () => {
      await scene(
        () => allowed(),
        async ({ play, door, adapter, context, settings, work }) => {
          await door.close();
          const blocked = await play([CODEX_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBeNull();
          expect(blocked.stdout + blocked.stderr).toBeDefined();
          const before = CODEX_CLIENT.settings('').split('base_url')[0] ?? '?';
          await applyPlan(await planDisconnect(adapter, context));
          expect(readFileSync(settings, 'utf8').startsWith(before)).toBe(true);
          expect(readFileSync(settings, 'utf8')).not.toContain('hooks');
          await play([CODEX_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBe('hi\n');
        },
      );
    });

    const sabotage: readonly (readonly [string, (program: string, context: AgentContext) => void])[] = [
      ['is gone', (program) => rmSync(program)],
      ['crashes', (program) => writeFileSync(program, '#!/bin/sh\nkill -9 $$\n', { mode: 0o700 })],
      ['is emptied', (program) => writeFileSync(program, '', { mode: 0o700 })],
      ['is another', (program) => writeFileSync(program, '#!/bin/sh\necho {}\n', { mode: 0o700 })],
      ['fails', (program) => writeFileSync(program, '#!/bin/sh\nexit 1\n', { mode: 0o700 })],
      ['may not be run', (program) => chmodSync(program, 0o600)],
    ];
    it.each(sabotage)('is blocked when the hook program %s', async (_what, sabotaged) => {
      await scene(
        () => allowed(),
        async ({ play, context, work }) => {
          const program = join(context.paths.bin, 'gatehouse');
          rmSync(program);
          writeFileSync(program, '#!/bin/sh\ncat > /dev/null\n', { mode: 0o700 });
          sabotaged(program, context);
          await play([CODEX_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBeNull();
        },
      );
    });

    it('is blocked when nobody answers before the deadline', async () => {
      await scene(
        (_input, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('gone'));
            });
          }),
        async ({ play, adapter, context, settings, work }) => {
          await applyPlan(await planDisconnect(adapter, context));
          const late = { deadlineSeconds: 2, timeoutSeconds: 20 };
          const { CODEX_EVENTS } = await import('../../main/points/hooks/codex-events.ts');
          const first = CODEX_EVENTS[0] as { deadlineSeconds: number; timeoutSeconds: number };
          const kept = { ...first };
          Object.assign(first, late);
          try {
            const { planConnect } = await import('../../main/points/agents/settings-plan.ts');
            await applyPlan(await planConnect(adapter, context));
            expect(readFileSync(settings, 'utf8')).toContain('--deadline 2 ');
            const { results } = await play([CODEX_CLIENT.write]);
            expect(textOf(work, 'out.txt')).toBeNull();
            expect(results.join()).toContain('no answer came before the deadline');
          } finally {
            Object.assign(first, kept);
          }
        },
      );
    });

    it('says itself that it trusts our hooks, and the doctor sees when it does not', async () => {
      await scene(
        () => allowed(),
        async ({ adapter, context, settings, work, play }) => {
          const bin = join(dirname(context.home), 'programs');
          mkdirSync(bin, { mode: 0o700 });
          symlinkSync(CODEX_CLIENT.program?.[0] ?? '', join(bin, 'codex'));
          const withCodex = { ...context, env: { PATH: bin } };
          const ask = async (projects: readonly string[] = []) =>
            (await diagnose('codex', withCodex, { inSupervisor: true, projects })).checks.filter(
              ({ ok }) => !ok,
            );
          expect(await ask([work])).toEqual([]);
          const good = readFileSync(settings, 'utf8');
          expect((await agentState(adapter, context)).state).toBe('connected');

          // A project that the person trusts switches the hooks off, for itself.
          mkdirSync(join(work, '.codex'));
          writeFileSync(join(work, '.codex', 'config.toml'), '[features]\nhooks = false\n');
          writeFileSync(settings, `${good}\n[projects.${JSON.stringify(work)}]\ntrust_level = "trusted"\n`);
          expect((await ask([work])).map(({ name }) => name)).toEqual([
            'Hooks switched on',
            'Trusted by Codex',
          ]);
          expect((await agentState(adapter, context, { projects: [work] })).problems.join()).toContain(
            'switches all hooks off (features.hooks)',
          );
          await play([CODEX_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBe('hi\n');

          writeFileSync(
            settings,
            good.replace(/trusted_hash = "sha256:./, (text) => `${text.slice(0, -1)}x`),
          );
          expect((await agentState(adapter, context)).problems.join()).toContain('does not trust our entry');
          expect((await ask()).map(({ detail }) => detail).join()).toContain('does not trust our entry');
        },
      );
    });
  },
);
