/** What a person is asked about of a registered server's tools, through the real gateway and a real server. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Analyst } from '../../../main/analysis/analyst.ts';
import { knownTools } from '../../../main/app/known-tools.ts';
import { openAnalyst } from '../../support/analyst.ts';
import { until } from '../../support/engine-bench.ts';
import { McpScene, mcpPolicy } from '../../support/mcp-scene.ts';
import { peerOf } from '../../support/peers.ts';

const PLAIN = mcpPolicy(`default_policy: approve
grant: [{ module: mcp_test, when: { call_is: [plain_tool] } }]`);

let analyst: Analyst;
let scene: McpScene;
beforeAll(async () => {
  analyst = await openAnalyst();
});
beforeEach(async () => {
  scene = new McpScene(PLAIN, process.env, analyst);
  await scene.register();
});
afterEach(() => scene.remove());

const listing = (name: string, annotations: object = {}) =>
  writeFileSync(
    join(scene.folder, 'tools.json'),
    JSON.stringify([{ name, description: 'Works', inputSchema: { type: 'object' }, annotations }]),
  );

const isAsked: McpScene['isAsked'] = (name, args) => scene.isAsked(name, args);

describe('a tool of a registered server', () => {
  it('that only reads asks nobody', async () => {
    listing('getItem');
    expect(await isAsked('getItem', { id: 1 })).toBe(false);
    expect(await isAsked('getItem', { sql: 'drop table items' })).toBe(true);
  });

  it('that a hook tells of is asked about unless the client reaches that very server', async () => {
    listing('getItem');
    const client = await scene.client();
    await client.listTools();
    const ask = (routed: boolean) =>
      scene.engine.authorize(
        {
          ...{ client: 'claude-code', claimedSession: 's', peer: peerOf({ cwd: scene.folder }) },
          ...{ claimedCwd: scene.folder, claimedCallId: `call-${routed}`, agent: 'main', caller: 'llm' },
          ...{ toolName: 'mcp__test__getItem', module: 'mcp_test', action: 'getitem', params: { id: 1 } },
          ...{ point: 'hook', patienceMs: 60_000, routed },
        },
        new AbortController().signal,
      );
    expect(await ask(true)).toMatchObject({ kind: 'allow', outcome: 'allowed' });
    const asked = ask(false);
    await until(() => scene.engine.desk.pending().length === 1);
    await scene.answer('deny');
    expect(await asked).toMatchObject({ kind: 'deny', outcome: 'denied' });
  });

  it.each([{ readOnlyHint: false }, { destructiveHint: true }])(
    'that says itself that it changes something, %j, is asked about whatever its name',
    async (annotations) => {
      listing('getItem', annotations);
      expect(await isAsked('getItem')).toBe(true);
    },
  );

  it('that says nothing but good of itself is asked about by its name', async () => {
    listing('teleport', { readOnlyHint: true, destructiveHint: false });
    expect(await isAsked('teleport')).toBe(true);
  });
});

it('a tool is known by its registration and its text, not by what it calls itself', () => {
  const servers = { list: () => [{ name: 'Tracker' }] } as never;
  const told = { name: 'getIssue', changes: false, agreed: true };
  const of = (module: string, more: object | null) =>
    knownTools(servers, {
      told: () => (more === null ? null : { ...told, ...more }),
      schemas: () => [],
    } as never).standing(module, 'getissue');
  expect(of('mcp_tracker', {})).toEqual({ known: true, changes: false, name: 'getIssue' });
  expect(of('mcp_tracker', { agreed: false }).known).toBe(false);
  expect(of('mcp_tracker', null).known).toBe(false);
  expect(of('mcp_other', {}).known).toBe(false);
  expect(of('ap_tracker', {}).known).toBe(false);
});
