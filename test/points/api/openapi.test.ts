import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiHouse } from '../../support/api-house.ts';
import type { Answered, Ask } from '../../support/http-ask.ts';
import { schemaProblems } from '../../support/json-schema.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document as it is served.
let document: any;
let house: ApiHouse;
beforeAll(async () => {
  house = await ApiHouse.open();
  await house.page('switchApi', true);
  await house.look();
  const served = await house.ask('/api/openapi.json');
  expect(served.status).toBe(200);
  document = served.body;
});
afterAll(() => house.remove());

/** Operations: path, method, and the operation itself. */
// biome-ignore lint/suspicious/noExplicitAny: a document as it is served.
const operations = (): readonly [string, string, any][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as object).map(([method, operation]): [string, string, unknown] => [
      path,
      method,
      operation,
    ]),
  );

describe('the document', () => {
  it('is OpenAPI 3.1, with the parts that it must have', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({
      title: 'Gatehouse',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect(Object.keys(document).toSorted()).toEqual(['components', 'info', 'openapi', 'paths', 'servers']);
    expect(document.components.securitySchemes.token).toMatchObject({ type: 'http', scheme: 'bearer' });
  });

  it('names every operation once, with its parameters, its security and its answers', () => {
    const ids = operations().map(([, , operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, method, operation] of operations()) {
      expect(['get', 'post', 'delete'], path).toContain(method);
      expect(operation.summary, path).not.toBe('');
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters: { name: string; in: string; required: boolean; schema: unknown }[] =
        operation.parameters ?? [];
      expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(inPath);
      expect(parameters.filter((each) => each.in === 'path').every(({ required }) => required)).toBe(true);
      expect(new Set(parameters.map((each) => `${each.in} ${each.name}`)).size).toBe(parameters.length);
      for (const { schema } of parameters) expect(schema).toBeTypeOf('object');
      expect(operation.security).toEqual([{ token: [expect.stringMatching(/^(?:submit|watch|decide)$/)] }]);
      expect(operation.responses.default).toBeDefined();
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^(?:default|[1-5]\d\d)$/);
        expect((response as { description: string }).description).not.toBe('');
      }
      if (method === 'get' || method === 'delete') expect(operation.requestBody).toBeUndefined();
    }
  });

  it('has no reference that leads nowhere, and no schema that nobody refers to', () => {
    const text = JSON.stringify(document);
    const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference));
    const schemas = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    for (const reference of references) expect(schemas).toContain(reference);
    // What the stream sends is no answer over HTTP.
    for (const name of schemas.filter((each) => !each.endsWith('/StreamMessage')))
      expect([...references]).toContain(name);
    expect(text).not.toContain('$defs');
  });

  it('has the routes that the mission names', () => {
    const named = operations().map(([path, method]) => `${method} ${path}`);
    for (const each of [
      'get /api/apps/{app_id}/approvals',
      'post /api/apps/{app_id}/approve',
      'get /api/apps/{app_id}/sessions/{session_id}/events',
      'post /api/audit/verify',
      'post /api/apps/{app_id}/calls',
    ])
      expect(named).toContain(each);
  });
});

describe('answers', () => {
  const checked = new Set<string>();

  function check(path: string, method: string, answer: Answered): Answered {
    const operation = document.paths[path]?.[method];
    const response = operation?.responses[answer.status] ?? operation?.responses.default;
    const schema = response?.content['application/json'].schema;
    expect(schema, `${method} ${path} ${answer.status}`).toBeDefined();
    expect(schemaProblems(schema, answer.body, document), `${method} ${path} ${answer.status}`).toEqual([]);
    if (operation.responses[answer.status] !== undefined) checked.add(operation.operationId);
    return answer;
  }

  it('are what the document says, every operation', async () => {
    const agent = await house.token('agent', ['submit', 'watch']);
    const decider = await house.token('decider', ['watch', 'decide'], null);
    const ask = async (path: string, rest: string, options: Ask = {}, own = false) => {
      const method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
      const where = rest.startsWith('/') ? rest : house.path(rest);
      const asked = { token: agent, ...options };
      const answer = own ? await house.agent.ask(house.port, where, asked) : await house.ask(where, asked);
      return check(path, method.toLowerCase(), answer);
    };
    const calls = '/api/apps/{app_id}/calls';
    const call = `${calls}/{call_id}`;
    const submit = (body: unknown) => ask(calls, 'calls', { body }, true);
    const bash = { tool_name: 'shell.bash', params: { command: 'make' } };

    const read = await submit({ tool_name: 'filesystem.read', params: { path: 'a' } });
    expect(read.status).toBe(200);
    const denied = await submit({ tool_name: 'filesystem.delete', params: { path: 'a' } });
    expect(denied.status).toBe(403);
    const waits = await submit({ ...bash, wait_seconds: 0 });
    expect(waits.status).toBe(202);
    expect((await submit({ nonsense: true })).status).toBe(400);
    await ask('/api/apps/{app_id}/approvals', 'approvals');
    await ask('/api/apps/{app_id}/approvals', 'approvals', { token: decider });
    await ask('/api/apps/{app_id}/approvals', 'approvals', { token: null });
    const answer = { request_id: waits.body.request_id, approved: true };
    await ask('/api/apps/{app_id}/approve', 'approve', { body: answer });
    await ask('/api/apps/{app_id}/approve', 'approve', { body: answer, token: decider });
    await ask('/api/apps/{app_id}/approve', 'approve', { body: answer, token: decider });
    await ask(call, `calls/${waits.body.call_id}`);
    const told = { success: false, error: 'exit 1', duration_ms: 3.5 };
    await ask(`${call}/complete`, `calls/${waits.body.call_id}/complete`, { body: told }, true);
    await ask(`${call}/complete`, `calls/${waits.body.call_id}/complete`, { body: told }, true);
    const given = await submit({ ...bash, wait_seconds: 0 });
    await ask(call, `calls/${given.body.call_id}`, { method: 'DELETE' });
    await ask(call, `calls/${given.body.call_id}`);
    const session = read.body.session_id;
    const events = await ask('/api/apps/{app_id}/sessions/{session_id}/events', `sessions/${session}/events`);
    expect(new Set(events.body.events.map(({ type }: { type: string }) => type)).size).toBeGreaterThan(5);
    await ask('/api/apps', '/api/apps');
    await ask('/api/apps/{app_id}/sessions', 'sessions');
    await ask('/api/audit/decisions', '/api/audit/decisions?event_type=*');
    await ask('/api/audit/metrics', '/api/audit/metrics');
    await ask('/api/audit/verify', '/api/audit/verify', { body: {} });
    const end = '/api/apps/{app_id}/sessions/{session_id}/end';
    await ask(end, `sessions/${session}/end`, { body: {} });
    const all = operations().map(([, , { operationId }]) => operationId);
    expect([...checked].toSorted()).toEqual(all.filter((id) => id !== 'stream').toSorted());
  });

  it('of the stream too', async () => {
    const agent = await house.token('follower', ['watch']);
    const stream = house.follow(`${house.path('stream')}?since_seq=0`, agent);
    await stream.until(() => stream.events.some(({ type }) => type === 'session_ended'));
    const schema = { $ref: '#/components/schemas/StreamMessage' };
    for (const message of stream.received) expect(schemaProblems(schema, message, document)).toEqual([]);
    stream.end();
  });

  it('would not pass if they were others', () => {
    const schema = { $ref: '#/components/schemas/CallStanding' };
    const good = {
      call_id: 'c',
      app_id: 'a',
      session_id: null,
      request_id: null,
      status: 'waiting',
      message: null,
      notices: [],
    };
    expect(schemaProblems(schema, good, document)).toEqual([]);
    const { call_id: _id, ...less } = good;
    for (const bad of [
      less,
      { ...good, more: 1 },
      { ...good, status: 'ok' },
      { ...good, call_id: 1 },
      null,
      [],
    ])
      expect(schemaProblems(schema, bad, document)).not.toEqual([]);
    expect(() => schemaProblems({ unevaluated: 1 }, good, document)).toThrow('not known');
    expect(() => schemaProblems({ $ref: '#/components/schemas/None' }, good, document)).toThrow('nowhere');
  });
});
