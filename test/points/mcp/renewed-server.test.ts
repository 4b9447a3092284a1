/** A server whose credential was renewed: ended when it has nothing to do, and not in the middle of a call. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdleWait } from '../../../main/points/mcp/idle-wait.ts';
import { until } from '../../support/engine-bench.ts';
import { McpScene, mcpPolicy } from '../../support/mcp-scene.ts';

const call = (name: string, text: string) => ({ name, arguments: { text } });
const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text;

describe('a renewal', () => {
  let scene: McpScene;
  beforeEach(async () => {
    scene = new McpScene(mcpPolicy('default_policy: auto'));
    const tool = (name: string) => ({ name, description: name, inputSchema: { type: 'object' } });
    writeFileSync(join(scene.folder, 'tools.json'), JSON.stringify(['echo', 'hold'].map(tool)));
    await scene.register();
  });
  afterEach(() => scene.remove());

  it.each(['running', 'idle'] as const)(
    'lets a call finish, then ends the server (%s); the next call has a new one',
    async (which) => {
      const client = await scene.client();
      const working = client.callTool(call('hold', 'kept'));
      await until(() => scene.ran().length === 1);
      const renewed = scene.gateways.restart('test', 'its credential has a new value', which);
      // A second wish waits for the same moment; a quick call in between is answered by the old server.
      const again = scene.gateways.restart('test', 'its credential has a new value', which);
      expect(textOf(await client.callTool(call('echo', 'quick')))).toBe('quick');
      expect(scene.started()).toHaveLength(1);
      writeFileSync(join(scene.folder, 'release'), '');
      expect(textOf(await working)).toBe('kept');
      await Promise.all([renewed, again]);
      expect(textOf(await client.callTool(call('echo', 'next')))).toBe('next');
      expect(scene.started()).toHaveLength(2);
    },
  );

  it('ends a server that has nothing to do at once, and what is taken away ends it in any case', async () => {
    const client = await scene.client();
    await client.callTool(call('echo', 'one'));
    await scene.gateways.restart('test', 'its credential has a new value', 'running');
    const working = client.callTool(call('hold', 'lost'));
    const told = expect(working).rejects.toThrow(/whether it was done is not known/);
    await until(() => scene.ran().length === 2);
    expect(scene.started()).toHaveLength(2);
    const renewed = scene.gateways.restart('test', 'its credential has a new value', 'running');
    await scene.gateways.restart('test', 'a credential was taken away from it');
    await told;
    await renewed;
    expect(textOf(await client.callTool(call('echo', 'two')))).toBe('two');
    expect(scene.started()).toHaveLength(3);
  });
});

describe('waiting for an idle moment', () => {
  it('has an end, is done once, and is dropped when it is not wanted any more', async () => {
    const done: string[] = [];
    const wait = new IdleWait(5);
    await wait.until(() => done.push('after its time'));
    wait.idle();
    const second = wait.until(() => done.push('never'));
    wait.drop();
    await second;
    wait.idle();
    expect(done).toEqual(['after its time']);
  });
});
