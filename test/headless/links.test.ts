import { Session } from 'node:inspector';
import { describe, expect, it } from 'vitest';
import { LINK_LIFE_MS, Links, SESSION_IDLE_MS } from '../../main/headless/links.ts';

class TwoClocks {
  monotonic = 1000;
  wall = 1_700_000_000_000;
  monotonicMs = () => this.monotonic;
  wallMicros = () => this.wall * 1000;
  pass(ms: number): void {
    this.monotonic += ms;
    this.wall += ms;
  }
}

function made() {
  const clock = new TwoClocks();
  return { clock, links: new Links(clock) };
}

/** Claims and expects it to work. */
function sessionOf(links: Links, token: string) {
  const claim = links.claim(token);
  if (claim.kind !== 'claimed') throw new Error(`expected a claim, got ${claim.kind}`);
  return claim;
}

describe('a link', () => {
  it('is 256 random bits in base64url', () => {
    const { links } = made();
    const [a, b] = [links.mint('start-link'), links.mint('start-link')];
    expect(a).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(a, 'base64url').length).toBe(32);
    expect(a).not.toBe(b);
  });

  it('opens one session, once, and remembers where it came from', () => {
    const { links } = made();
    const token = links.mint('open-link');
    const claim = sessionOf(links, token);
    expect(claim.session.origin).toBe('open-link');
    expect(claim.token).not.toBe(token);
    expect(links.claim(token)).toEqual({ kind: 'used' });
    expect(links.claim(token)).toEqual({ kind: 'used' });
  });

  it('lasts five minutes and not a millisecond more', () => {
    const { clock, links } = made();
    const [early, late] = [links.mint('start-link'), links.mint('start-link')];
    clock.pass(LINK_LIFE_MS - 1);
    expect(links.claim(early).kind).toBe('claimed');
    clock.pass(1);
    expect(links.claim(late).kind).toBe('expired');
  });

  it('ends by the wall clock when the computer slept, and by the other when the wall clock is set back', () => {
    const slept = made();
    const token = slept.links.mint('start-link');
    slept.clock.wall += LINK_LIFE_MS;
    expect(slept.links.claim(token).kind).toBe('expired');
    const setBack = made();
    const other = setBack.links.mint('start-link');
    setBack.clock.wall -= 3_600_000;
    setBack.clock.monotonic += LINK_LIFE_MS;
    expect(setBack.links.claim(other).kind).toBe('expired');
  });

  it('tells a used link from one that never was', () => {
    const { links } = made();
    const token = links.mint('start-link');
    expect(links.claim('x'.repeat(43)).kind).toBe('unknown');
    expect(links.claim('').kind).toBe('unknown');
    expect(links.claim(`${token} `).kind).toBe('unknown');
    expect(links.claim(token).kind).toBe('claimed');
  });

  it('is still known as used hours later', () => {
    const { clock, links } = made();
    const token = links.mint('start-link');
    sessionOf(links, token);
    clock.pass(20 * 3_600_000);
    expect(links.claim(token).kind).toBe('used');
  });

  it('can be voided, but not after it was used', () => {
    const { links } = made();
    const [first, second] = [links.mint('start-link'), links.mint('start-link')];
    links.void(first);
    expect(links.claim(first).kind).toBe('expired');
    const claim = sessionOf(links, second);
    links.void(second);
    expect(links.resume(claim.token)).toEqual(claim.session);
  });

  it('is made at most 8 at a time and 20 in ten minutes', () => {
    const { clock, links } = made();
    const first = Array.from({ length: 8 }, () => links.mint('open-link'));
    expect(() => links.mint('open-link')).toThrowError(expect.objectContaining({ code: 'rate_limited' }));
    for (const token of first) sessionOf(links, token);
    for (let i = 8; i < 20; i++) sessionOf(links, links.mint('open-link'));
    expect(() => links.mint('open-link')).toThrowError(expect.objectContaining({ code: 'rate_limited' }));
    clock.pass(10 * 60_000);
    expect(links.mint('open-link')).toMatch(/^[\w-]{43}$/);
  });

  it('is not kept: neither its token nor the session token is anywhere in the object', () => {
    const { links } = made();
    const token = links.mint('start-link');
    const claim = sessionOf(links, token);
    const held = fieldsOf(links);
    expect(held).toContain('digest');
    expect(held).not.toContain(token);
    expect(held).not.toContain(claim.token);
  });
});

describe('a session', () => {
  it('survives a reload', () => {
    const { links } = made();
    const claim = sessionOf(links, links.mint('start-link'));
    expect(links.resume(claim.token)).toEqual(claim.session);
    expect(links.resume(claim.token)).toEqual(claim.session);
  });

  it('ends after 12 idle hours; showing it or being active starts them anew', () => {
    const { clock, links } = made();
    const claim = sessionOf(links, links.mint('start-link'));
    clock.pass(SESSION_IDLE_MS - 1);
    expect(links.resume(claim.token)).not.toBeNull();
    clock.pass(SESSION_IDLE_MS - 1);
    links.touch(claim.session.id);
    clock.pass(SESSION_IDLE_MS - 1);
    expect(links.isAlive(claim.session.id)).toBe(true);
    clock.pass(1);
    expect(links.isAlive(claim.session.id)).toBe(false);
    expect(links.resume(claim.token)).toBeNull();
  });

  it('is not opened by a link, nor a link by a session', () => {
    const { links } = made();
    const link = links.mint('start-link');
    expect(links.resume(link)).toBeNull();
    const claim = sessionOf(links, link);
    expect(links.claim(claim.token).kind).toBe('unknown');
    expect(links.resume(claim.session.id)).toBeNull();
  });

  it('of another supervisor is not known', () => {
    const { links } = made();
    const { token } = sessionOf(links, links.mint('start-link'));
    expect(made().links.resume(token)).toBeNull();
  });
});

/** A property as V8 tells it; Node's types leave the private ones out. */
interface Property {
  readonly name: string;
  readonly value?: { readonly value?: unknown; readonly objectId?: string };
}

/** Every field of the object as text, the private ones too. */
function fieldsOf(links: Links): string {
  const session = new Session();
  session.connect();
  (globalThis as { heldByTest?: unknown }).heldByTest = links;
  try {
    let text = '';
    const read = (objectId: string, depth: number) => {
      session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_error, properties) => {
        const { result, privateProperties } = properties as {
          result: readonly Property[];
          privateProperties?: readonly Property[];
        };
        for (const each of [...result, ...(privateProperties ?? [])]) {
          text += `${each.name}=${String(each.value?.value ?? '')}\n`;
          if (each.value?.objectId !== undefined && depth < 4) read(each.value.objectId, depth + 1);
        }
      });
    };
    session.post('Runtime.evaluate', { expression: 'heldByTest' }, (_error, { result }) => {
      if (result.objectId !== undefined) read(result.objectId, 0);
    });
    return text;
  } finally {
    session.disconnect();
  }
}
