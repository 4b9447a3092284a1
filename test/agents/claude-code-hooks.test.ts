/**
 * The real Claude Code, connected by the real installer, through the real hook program and door. Only the model
 * and the engine are doubles: the one plays a script, the other answers as the test says.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { claudeCodeAdapter } from '../../main/points/agents/claude-code/adapter.ts';
import { diagnose } from '../../main/points/agents/doctor.ts';
import { applyPlan, planDisconnect } from '../../main/points/agents/settings-plan.ts';
import { claudeProgram, HOW_TO_INSTALL, runClaude } from '../support/claude-code.ts';
import { claudeScene, type Scene, WRITE } from '../support/claude-scene.ts';
import { type Answer, allowed, denied } from '../support/fake-engine.ts';
import { builtProgram, relayProgram } from '../support/hook-program.ts';

const source = builtProgram(claudeProgram() !== null);

const scene = (answer: Answer, act: (scene: Scene) => Promise<void>, program = source()) =>
  claudeScene(program, answer, act);

const missing = claudeProgram() === null;
describe.skipIf(missing)(
  missing ? `the real Claude Code is not here; to add it: ${HOW_TO_INSTALL}` : 'the real Claude Code',
  { timeout: 400_000 },
  () => {
    it.each(['native', 'relay'] as const)(
      'runs what is allowed and is told nothing else (%s program)',
      async (kind) => {
        await scene(
          () => allowed(),
          async ({ play, engine, out, work }) => {
            const { exit, toolResults } = await play([WRITE]);
            expect(exit).toBe(0);
            expect(readFileSync(out, 'utf8')).toBe('hi\n');
            expect(toolResults.map(({ isError }) => isError)).toEqual([false]);
            expect(engine.authorized).toMatchObject([
              {
                client: 'claude-code',
                module: 'shell',
                action: 'bash',
                params: { command: 'echo hi > out.txt', description: 'write a file' },
                claimedCwd: work,
                agent: 'main',
                permissionMode: 'default',
              },
            ]);
            expect(engine.prompts).toEqual(['go']);
            expect(engine.started).toHaveLength(1);
            expect(engine.ended).toHaveLength(1);
            expect(engine.completed).toMatchObject([
              { claimedCallId: engine.authorized[0]?.claimedCallId, success: true },
            ]);
          },
          kind === 'relay' ? relayProgram() : source(),
        );
      },
    );

    it('does not run what is denied, and the model is told why', async () => {
      await scene(
        () => denied('Denied by a person. The person says: not in this folder.'),
        async ({ play, engine, out }) => {
          const { exit, toolResults } = await play([WRITE]);
          expect(exit).toBe(0);
          expect(existsSync(out)).toBe(false);
          expect(toolResults).toHaveLength(1);
          expect(toolResults[0]).toMatchObject({ isError: true });
          expect(toolResults[0]?.text).toContain('The person says: not in this folder.');
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
        async ({ play, out }) => {
          await play([WRITE]);
          expect(existsSync(out)).toBe(true);
        },
      );
    });

    it('obeys when it asks nobody itself: bypassed permissions', async () => {
      await scene(
        () => denied('Denied: no.'),
        async ({ play, engine, out }) => {
          const { toolResults } = await play([WRITE], {
            args: ['--dangerously-skip-permissions'],
            env: { IS_SANDBOX: '1' },
          });
          expect(engine.authorized).toMatchObject([{ permissionMode: 'bypassPermissions' }]);
          expect(existsSync(out)).toBe(false);
          expect(toolResults[0]?.text).toContain('Denied: no.');
        },
      );
    });

    it('asks for each of several calls at once, and runs exactly the allowed ones', async () => {
      await scene(
        (input) =>
          String(input.params['command']).includes('yes') ? allowed() : denied('Denied: only yes.'),
        async ({ play, work }) => {
          const call = (name: string) => ({
            name: 'Bash',
            input: { command: `echo > ${name}`, description: 'x' },
          });
          const { toolResults } = await play([{ calls: ['yes1', 'no1', 'yes2', 'no2'].map(call) }]);
          expect(['yes1', 'no1', 'yes2', 'no2'].map((name) => existsSync(join(work, name)))).toEqual([
            true,
            false,
            true,
            false,
          ]);
          expect(toolResults.filter(({ text }) => text.includes('only yes'))).toHaveLength(2);
        },
      );
    });

    it('asks for its subagents’ calls too, under their name', async () => {
      await scene(
        (input) => (input.agent === 'main' ? allowed() : denied('Denied: not for subagents.')),
        async ({ engine, context, work, out }) => {
          await runClaude({
            home: context.home,
            cwd: work,
            args: ['--allowedTools', 'Bash,Agent'],
            script: (body, step) => {
              if (JSON.stringify(body.messages?.[0]).includes('SUBTASK'))
                return step === 0 ? WRITE : { text: 'done' };
              const spawn = {
                name: 'Agent',
                input: { description: 's', prompt: 'SUBTASK', subagent_type: 'general-purpose' },
              };
              return step === 0 ? { calls: [spawn] } : { text: 'done' };
            },
          });
          expect(
            engine.authorized.map(({ agent, module, action }) => `${agent} ${module}.${action}`),
          ).toEqual(['main agent.spawn', 'general-purpose shell.bash']);
          expect(existsSync(out)).toBe(false);
        },
      );
    });

    it('sends two megabytes of parameters whole', async () => {
      const content = 'line "é" \\ \u202e\n'.repeat(120_000);
      await scene(
        () => allowed(),
        async ({ play, engine, work }) => {
          const file = join(work, 'big.txt');
          await play([{ calls: [{ name: 'Write', input: { file_path: file, content } }] }]);
          expect(engine.authorized[0]?.params['content'] === content).toBe(true);
          expect(readFileSync(file, 'utf8') === content).toBe(true);
          expect(engine.completed).toMatchObject([{ success: true }]);
        },
      );
    });

    it('is blocked when the supervisor is killed while it waits, and is told', async () => {
      await scene(
        () => allowed(),
        async ({ play, context, door, out }) => {
          await door.close();
          const script = fileURLToPath(new URL('../support/waiting-supervisor.ts', import.meta.url));
          const supervisor = spawn(process.execPath, [script, context.paths.agentDoor], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          const ended = once(supervisor, 'exit');
          let said = '';
          const opened = new Promise<void>((resolve) => {
            supervisor.stdout.setEncoding('utf8').on('data', (chunk: string) => {
              said += chunk;
              if (said.includes('open')) resolve();
              if (said.includes('waits')) supervisor.kill('SIGKILL');
            });
          });
          await opened;
          const { toolResults } = await play([WRITE]);
          await ended;
          expect(said).toBe('open\nwaits\n');
          expect(existsSync(out)).toBe(false);
          expect(toolResults).toHaveLength(1);
          expect(toolResults[0]).toMatchObject({ isError: true });
          expect(toolResults[0]?.text).toContain('gatehouse: this call was not run');
        },
      );
    });

    it('is blocked when the supervisor is gone by the time of the call, and is told both ways out', async () => {
      await scene(
        () => allowed(),
        async ({ context, work, door, out }) => {
          let gone = false;
          const { toolResults } = await runClaude({
            home: context.home,
            cwd: work,
            args: ['--allowedTools', 'Bash'],
            script: async (_body, step) => {
              if (!gone) await door.close();
              gone = true;
              return step === 0 ? WRITE : { text: 'done' };
            },
          });
          expect(existsSync(out)).toBe(false);
          expect(toolResults[0]).toMatchObject({ isError: true });
          expect(toolResults[0]?.text).toContain('no supervisor answers');
          expect(toolResults[0]?.text).toContain('gatehouse start');
          expect(toolResults[0]?.text).toContain('gatehouse agents uninstall claude-code');
        },
      );
    });

    it('is blocked at the prompt when there is no supervisor, and the person is told', async () => {
      await scene(
        () => allowed(),
        async ({ play, door, out }) => {
          await door.close();
          const { stdout, stderr, requests } = await play([WRITE]);
          expect(existsSync(out)).toBe(false);
          expect(requests.filter(({ body }) => (body?.tools ?? []).length > 0)).toEqual([]);
          expect(stdout + stderr).toContain('no supervisor answers');
        },
      );
    });

    it.each([
      ['gone', (program: string) => rmSync(program)],
      ['empty', (program: string) => truncateSync(program)],
    ])('is blocked when the hook program is %s', async (_what, sabotaged) => {
      await scene(
        () => allowed(),
        async ({ play, engine, context, out }) => {
          sabotaged(join(context.paths.bin, 'gatehouse'));
          await play([WRITE]);
          expect(existsSync(out)).toBe(false);
          expect(engine.authorized).toEqual([]);
          const report = await diagnose('claude-code', context, {
            inSupervisor: true,
            managed: join(context.home, 'none'),
          });
          expect(report.ok).toBe(false);
        },
      );
    });

    it('is free again after disconnect', async () => {
      await scene(
        () => denied(),
        async ({ play, engine, context, out }) => {
          await applyPlan(await planDisconnect(claudeCodeAdapter, context));
          await play([WRITE]);
          expect(existsSync(out)).toBe(true);
          expect(engine.authorized).toEqual([]);
        },
      );
    });

    it.each([
      [
        'the project’s settings',
        (work: string) => join(work, '.claude', 'settings.local.json'),
        '{"disableAllHooks":true}',
      ],
      [
        'the person’s settings',
        (_work: string, home: string) => join(home, '.claude', 'settings.json'),
        '{}',
      ],
    ] as const)(
      'keeps asking when %s are changed under it to take the hooks away',
      async (_name, place, text) => {
        await scene(
          (input) =>
            String(input.params['command']).includes('out.txt') ? denied('Denied: still here.') : allowed(),
          async ({ play, engine, context, work, out }) => {
            const file = place(work, context.home);
            mkdirSync(join(work, '.claude'), { recursive: true });
            const sabotage = {
              name: 'Bash',
              input: { command: `echo '${text}' > ${file}`, description: 'x' },
            };
            // Long enough for the client to notice the change.
            const pause = { name: 'Bash', input: { command: 'sleep 3', description: 'x' } };
            const { toolResults } = await play([{ calls: [sabotage] }, { calls: [pause] }, WRITE], {
              args: ['--dangerously-skip-permissions'],
              env: { IS_SANDBOX: '1' },
            });
            expect(readFileSync(file, 'utf8')).toBe(`${text}\n`);
            expect(engine.authorized).toHaveLength(3);
            expect(toolResults.at(-1)?.text).toContain('Denied: still here.');
            expect(existsSync(out)).toBe(false);
          },
        );
      },
    );

    it('needs to be watched: settings that a project has from the start switch the person’s hooks off', async () => {
      await scene(
        () => denied(),
        async ({ play, engine, context, work, out }) => {
          mkdirSync(join(work, '.claude'));
          writeFileSync(join(work, '.claude', 'settings.local.json'), '{"disableAllHooks":true}');
          await play([WRITE]);
          // The client's hole, which no hook can close: the doctor must show it.
          expect(engine.authorized).toEqual([]);
          expect(existsSync(out)).toBe(true);
          const report = await diagnose('claude-code', context, {
            inSupervisor: true,
            projects: [work],
            managed: join(context.home, 'none'),
          });
          expect(report.checks.filter((check) => !check.ok).map(({ name }) => name)).toEqual([
            'Hooks switched on',
          ]);
        },
      );
    });
  },
);
