import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiHouse } from '../../support/api-house.ts';

let house: ApiHouse;
beforeAll(async () => {
  house = await ApiHouse.open();
});
afterAll(() => house.remove());

it('tells an agent, the stream and the log that nobody answered, and takes no answer after', {
  timeout: 300_000,
}, async () => {
  const agent = await house.token('agent', ['submit', 'watch']);
  const decider = await house.token('decider', ['watch', 'decide']);
  const stream = house.follow(house.path('stream'), agent);
  await stream.ready();
  // The policy's shortest time, 30 s.
  const waiting = house.submit(agent, { wait_seconds: 60 });
  const { request_id, expires_ts, created_ts } = await house.waiting(decider);
  expect(Math.round((expires_ts - created_ts) / 1_000_000)).toBe(30);
  const { status, body } = await waiting;
  expect(status).toBe(403);
  expect(body.error.code).toBe('permission_denied');
  expect(body.call.status).toBe('expired');
  expect(body.error.message).toContain('Nobody answered');
  expect(body.error.message).not.toMatch(/denied by/i);
  await stream.until(() => stream.events.some(({ type }) => type === 'auto_denied'));
  expect(stream.events.find(({ type }) => type === 'auto_denied')).toMatchObject({
    type: 'auto_denied',
    request_id,
    approved: false,
    outcome: 'expired',
    by: 'time',
  });
  const late = await house.ask(house.path('approve'), {
    token: decider,
    body: { request_id, approved: true },
  });
  expect(late).toMatchObject({ status: 409, body: { error: { code: 'already_decided' } } });
  stream.end();
});
