/** The real Gemini CLI, connected by the real installer. Only the model and the engine are doubles. */
import { chmodSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentState } from '../../main/points/agents/agent-state.ts';
import { diagnose } from '../../main/points/agents/doctor.ts';
import { applyPlan, planConnect, planDisconnect } from '../../main/points/agents/settings-plan.ts';
import { GEMINI_CLI_EVENTS } from '../../main/points/hooks/gemini-cli-events.ts';
import {
  type ClientScene,
  clientScene,
  GEMINI_CLIENT,
  HOW_TO_INSTALL_CLIENTS,
  textOf,
} from '../support/client-scene.ts';
import { type Answer, allowed, denied } from '../support/fake-engine.ts';
import { builtProgram } from '../support/hook-program.ts';

const source = builtProgram(GEMINI_CLIENT.program !== null);

const scene = (
  answer: Answer,
  act: (scene: ClientScene) => Promise<void>,
  more: Parameters<typeof clientScene>[4] = {},
) => clientScene(GEMINI_CLIENT, source(), answer, act, more);

const missing = GEMINI_CLIENT.program === null;
describe.skipIf(missing)(
  missing ? `the real Gemini CLI is not here; to add it: ${HOW_TO_INSTALL_CLIENTS}` : 'the real Gemini CLI',
  { timeout: 400_000 },
  () => {
    it('runs what is allowed, and each result finds its call', async () => {
      await scene(
        () => allowed(),
        async ({ play, engine, work }) => {
          const { exit } = await play([
            GEMINI_CLIENT.write,
            [
              { name: 'write_file', args: { file_path: 'w.txt', content: 'hello' } },
              { name: 'list_directory', args: { dir_path: '.' } },
              { name: 'grep_search', args: { pattern: 'hi' } },
            ],
          ]);
          expect(exit).toBe(0);
          expect(textOf(work, 'out.txt')).toBe('hi\n');
          expect(textOf(work, 'w.txt')).toBe('hello');
          expect(engine.authorized.map(({ module, action }) => `${module}.${action}`).toSorted()).toEqual([
            'filesystem.grep',
            'filesystem.list',
            'filesystem.write',
            'shell.bash',
          ]);
          expect(engine.authorized[0]).toMatchObject({
            client: 'gemini-cli',
            params: { command: 'echo hi > out.txt' },
            claimedCwd: work,
            agent: 'main',
          });
          expect(engine.prompts).toEqual(['go']);
          expect(engine.started).toHaveLength(1);
          expect(engine.heard).toEqual([]);
          expect(engine.completed.map(({ claimedCallId }) => claimedCallId).toSorted()).toEqual(
            engine.authorized.map(({ claimedCallId }) => claimedCallId).toSorted(),
          );
        },
      );
    });

    it('does not run what is denied, and the model is told why', async () => {
      await scene(
        () => denied('Denied by a person. The person says: not in this folder.'),
        async ({ play, engine, work }) => {
          const { results } = await play([GEMINI_CLIENT.write]);
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
          await play([GEMINI_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBe('hi\n');
        },
      );
    });

    it('is judged where a command runs, and asks for subagents and addresses', async () => {
      await scene(
        () => denied('Denied: no.'),
        async ({ play, engine, work }) => {
          await play([
            [{ name: 'run_shell_command', args: { command: 'ls', dir_path: 'sub' } }],
            [{ name: 'web_fetch', args: { prompt: 'read http://a.example/x and https://b.example/y' } }],
            [{ name: 'invoke_agent', args: { agent_name: 'generalist', prompt: 'x' } }],
          ]);
          expect(engine.authorized).toMatchObject([
            { module: 'shell', claimedCwd: join(work, 'sub') },
            { action: 'fetch', params: { urls: ['http://a.example/x', 'https://b.example/y'] } },
            { module: 'agent', action: 'spawn' },
          ]);
        },
      );
    });

    it('runs other parameters than it asked for when it is told to', async () => {
      await scene(
        () => ({ ...allowed(), params: { command: 'echo mended > out.txt', description: 'write' } }),
        async ({ play, work, engine }) => {
          await play([GEMINI_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBe('mended\n');
          expect(engine.completed).toMatchObject([{ claimedCallId: engine.authorized[0]?.claimedCallId }]);
        },
      );
    });

    it('shows the model a result without what is secret', async () => {
      await scene(
        () => allowed(),
        async ({ play }) => {
          const call = { name: 'run_shell_command', args: { command: 'echo before S3CRET after' } };
          const { results } = await play([[call]]);
          expect(results.join()).toContain('before [gone] after');
          expect(results.join()).not.toContain('S3CRET');
        },
        { redact: (result) => JSON.parse(JSON.stringify(result).replaceAll('S3CRET', '[gone]')) },
      );
    });

    it('tells the model what rules say, with the result', async () => {
      await scene(
        () => ({ ...allowed(), notices: ['Mind the gap.'] }),
        async ({ play }) => {
          const { results } = await play([GEMINI_CLIENT.write]);
          expect(results.join()).toContain('Mind the gap.');
        },
      );
    });

    it('is blocked when there is no supervisor, and free again after disconnect, to the byte', async () => {
      await scene(
        () => allowed(),
        async ({ play, door, adapter, context, settings, work }) => {
          await door.close();
          await play([GEMINI_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBeNull();
          await applyPlan(await planDisconnect(adapter, context));
          expect(readFileSync(settings, 'utf8')).toBe(GEMINI_CLIENT.settings(''));
          await play([GEMINI_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBe('hi\n');
        },
      );
    });

    const sabotage: readonly (readonly [string, (program: string) => void])[] = [
      ['is gone', (program) => rmSync(program)],
      ['crashes', (program) => writeFileSync(program, '#!/bin/sh\nkill -9 $$\n')],
      ['is emptied', (program) => truncateSync(program)],
      ['is another', (program) => writeFileSync(program, '#!/bin/sh\ncat > /dev/null\n')],
      ['fails without a word', (program) => writeFileSync(program, '#!/bin/sh\nexit 1\n')],
      ['may not be run', (program) => chmodSync(program, 0o600)],
    ];
    it.each(sabotage)('is blocked when the hook program %s', async (_what, sabotaged) => {
      await scene(
        () => allowed(),
        async ({ play, context, work, settings }) => {
          // Only the gate is left, so that nothing else stops the turn before it.
          const written = JSON.parse(readFileSync(settings, 'utf8')) as { hooks: Record<string, unknown> };
          written.hooks = { BeforeTool: written.hooks['BeforeTool'] };
          writeFileSync(settings, JSON.stringify(written));
          sabotaged(join(context.paths.bin, 'gatehouse'));
          const { results } = await play([GEMINI_CLIENT.write]);
          expect(textOf(work, 'out.txt')).toBeNull();
          expect(results.join()).toContain('gatehouse: blocked');
        },
      );
    });

    it('is blocked when nobody answers before the deadline', async () => {
      const gate = GEMINI_CLI_EVENTS[0] as { deadlineSeconds: number; timeoutSeconds: number };
      const kept = { ...gate };
      await scene(
        (_input, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(new Error('gone'));
            });
          }),
        async ({ play, adapter, context, work }) => {
          Object.assign(gate, { deadlineSeconds: 2, timeoutSeconds: 20 });
          try {
            await applyPlan(await planConnect(adapter, context));
            const { results } = await play([GEMINI_CLIENT.write]);
            expect(textOf(work, 'out.txt')).toBeNull();
            expect(results.join()).toContain('no answer came before the deadline');
          } finally {
            Object.assign(gate, kept);
          }
        },
        { connect: false },
      );
    });

    it('is seen to be free where a project that it trusts switches hooks off', async () => {
      await scene(
        () => denied('Denied: no.'),
        async ({ play, adapter, context, work, home, engine }) => {
          const stands = async () => agentState(adapter, context, { projects: [work] });
          expect(await stands()).toMatchObject({ state: 'connected', problems: [] });
          const report = await diagnose('gemini-cli', context, { inSupervisor: true });
          expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
          mkdirSync(join(work, '.gemini'));
          writeFileSync(
            join(home, '.gemini', 'trustedFolders.json'),
            JSON.stringify({ [work]: 'TRUST_FOLDER' }),
          );
          for (const config of [{ enabled: false }, { disabled: ['gatehouse'] }]) {
            writeFileSync(join(work, '.gemini', 'settings.json'), JSON.stringify({ hooksConfig: config }));
            expect((await stands()).problems.join()).toMatch(/switches (?:all|our) hooks off/);
            await play([GEMINI_CLIENT.write], { trusted: true });
            expect(textOf(work, 'out.txt')).toBe('hi\n');
            rmSync(join(work, 'out.txt'));
          }
          expect(engine.authorized).toEqual([]);
        },
      );
    });
  },
);
