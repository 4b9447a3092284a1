/** What other programs of the person do to notifications over the session bus. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs, until } from '../../support/desktop-session.ts';
import { NotificationService, type Notified, Stranger } from '../../support/notification-service.ts';
import { NotifiedHouse } from '../../support/notified-house.ts';
import { answerTo, readCard } from '../../support/real-app.ts';

let house: NotifiedHouse;
let strangers: Stranger[];

beforeEach(async (context) => {
  needs(context, 'dbus-daemon');
  strangers = [];
  house = await NotifiedHouse.open();
});
afterEach(async () => {
  for (const stranger of strangers) await stranger.leave();
  await house.close();
  expect(house.defects).toEqual([]);
});

const labels = ({ actions }: Notified) => actions.filter((_text, at) => at % 2 === 1);
const keyOf = ({ actions }: Notified, label: string) => actions[actions.indexOf(label) - 1] ?? '';
const whats = async () => (await house.alarms()).map(({ reason }) => reason);

async function stranger(): Promise<Stranger> {
  const come = await Stranger.come(house.session.address);
  strangers.push(come);
  return come;
}

/** Everything that was sent before has been dealt with: what is asked now is answered after it. */
async function settled(): Promise<void> {
  await house.bus.ownerOf('org.freedesktop.Notifications');
  await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('signals that are forged', () => {
  it('by a stranger, to all and to us alone, decide nothing and are on the timeline', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    const forger = await stranger();
    forger.invoked(shown.number, keyOf(shown, 'Allow once'));
    forger.invoked(shown.number, keyOf(shown, 'Allow once'), house.bus.name ?? '');
    forger.invoked(9999, 'approve', house.bus.name ?? '');
    forger.closed(shown.number);
    await until(async () => ((await whats()).length >= 4 ? true : null));
    expect(await whats()).toEqual(Array(4).fill('notification_forged'));
    expect(await house.waiting()).toBe(1);
    // The real one is as good as before.
    house.service.press(shown, 'Allow once');
    expect((await agent).decision).toBe('allow');
  });

  it('that concern others are no business of ours', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    (await stranger()).invoked(shown.number + 500, 'default');
    await settled();
    expect(await whats()).toEqual([]);
    house.service.press(shown, 'Deny once');
    await agent;
  });

  it('with the keys of another notification, or of one that somebody put in its place, decide nothing', async () => {
    const agents = [house.fetch('a.md'), house.fetch('b.md')];
    const a = await house.shown('a.md');
    const b = await house.shown('b.md');
    house.service.invoked(a.number, 'approve');
    house.service.invoked(a.number, keyOf(b, 'Allow once'));
    await until(async () => ((await whats()).length >= 2 ? true : null));
    expect(await whats()).toEqual(['notification_key', 'notification_key']);
    expect(await house.waiting()).toBe(2);
    await house.real.stop();
    await Promise.allSettled(agents);
  });

  it('by a new owner of the service: what was shown is void, and the new one may not approve until it is agreed to', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    const first = house.service;
    const usurper = await NotificationService.start(house.session.address);
    house.service = usurper;
    usurper.invoked(shown.number, keyOf(shown, 'Allow once'));
    const again = await house.shown('a.md');
    expect(labels(again)).toEqual(['Deny once', 'Review', 'Open Gatehouse']);
    expect(await whats()).toContain('notification_service_changed');
    first.invoked(shown.number, keyOf(shown, 'Allow once'));
    usurper.invoked(again.number, keyOf(shown, 'Allow once'));
    await settled();
    expect(await house.waiting()).toBe(1);
    const { notifier } = await house.page.value('desktop');
    expect(notifier).toMatchObject({ state: 'ready', trusted: false });
    expect(await house.page.code('trustNotifier', '1/:1.999')).toBe('changed');
    await house.page.value('trustNotifier', notifier.service ?? '');
    const agreed = await until(() => {
      const now = usurper.find('a.md');
      return now !== null && labels(now).includes('Allow once') ? now : null;
    });
    await house.shown('a.md');
    usurper.press(agreed, 'Allow once');
    expect((await agent).decision).toBe('allow');
    await first.stop();
  });

  it('in a flood do not flood the log', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    const forger = await stranger();
    for (let time = 0; time < 500; time += 1) forger.invoked(shown.number, 'approve');
    await until(async () => ((await whats()).length >= 20 ? true : null));
    await settled();
    expect((await whats()).length).toBe(20);
    house.service.press(shown, 'Deny once');
    await agent;
  });
});

describe('a text that another program puts in the place of ours', () => {
  const puts = async (shown: Notified, withInterface = true) => {
    // The keys stand on the bus for whoever watches it; the stranger has them.
    const thief = await stranger();
    // Some services answer a call that names no interface, the one of this test does not; we hear of it all the same.
    const done = thief.replace(shown.number, 'Restart to install it', shown.actions, withInterface);
    await (withInterface ? done : done.catch(() => undefined));
    return thief;
  };

  it.each([
    ['as clients ask', true],
    ['without naming the interface', false],
  ])('is taken down, decides nothing when it is pressed, and is on the timeline: %s', async (_how, named) => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    await puts(shown, named);
    await until(async () => ((await whats()).length > 0 ? true : null));
    expect(await whats()).toEqual(['notification_replaced']);
    await until(() => (house.service.screen.size === 0 ? true : null));
    house.service.invoked(shown.number, keyOf(shown, 'Allow once'));
    house.service.invoked(shown.number, keyOf(shown, 'Deny once'));
    await settled();
    expect(await house.waiting()).toBe(1);
    // The request waits on in the page.
    await house.page.value('answer', answerTo(await readCard(house.page)));
    expect((await agent).decision).toBe('allow');
  });

  it('decides nothing when it is pressed in the same moment', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    // The service tells of the press before anybody else could have heard of the other text.
    const { onCall } = house.service;
    house.service.onCall = () => {
      house.service.invoked(shown.number, keyOf(shown, 'Allow once'));
      house.service.close(shown.number, 2);
    };
    await puts(shown);
    house.service.onCall = onCall;
    await until(async () => ((await whats()).includes('notification_replaced') ? true : null));
    await settled();
    expect(await house.waiting()).toBe(1);
    house.real.page('one more');
    await house.page.value('answer', answerTo(await readCard(house.page), { kind: 'deny', reason: null }));
    expect((await agent).decision).toBe('deny');
  });

  it('also under a number that is only about to be ours', async () => {
    const thief = await stranger();
    let next = 0;
    const { onCall } = house.service;
    house.service.onCall = () => {
      const [newest] = house.service.calls.slice(-1);
      if (newest === undefined || !newest.title.includes('asks') || next > 0) return;
      next = newest.number;
      void thief.replace(next, 'Restart to install it', newest.actions);
    };
    const agent = house.fetch('a.md');
    await until(async () => ((await whats()).includes('notification_replaced') ? true : null));
    house.service.onCall = onCall;
    await until(() => (house.service.screen.size === 0 ? true : null));
    expect(await house.waiting()).toBe(1);
    await house.page.value('answer', answerTo(await readCard(house.page), { kind: 'deny', reason: null }));
    await agent;
  });

  it('is no business of ours when it takes the place of somebody else’s', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    const other = await stranger();
    const own = await other.replace(0, 'Mine', []);
    await other.replace(own, 'Mine again', []);
    await settled();
    expect(await whats()).toEqual([]);
    house.service.press(shown, 'Allow once');
    expect((await agent).decision).toBe('allow');
  });
});

describe('a service that presses buttons for whoever calls it', () => {
  it('has pressed nothing: it is taken down, the request waits, and that is on the timeline', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    await (await stranger()).press(shown.number, keyOf(shown, 'Allow once'));
    await until(async () => ((await whats()).length > 0 ? true : null));
    await settled();
    expect(await whats()).toEqual(['notification_pressed']);
    await until(() => (house.service.screen.size === 0 ? true : null));
    expect(await house.waiting()).toBe(1);
    await house.page.value('answer', answerTo(await readCard(house.page), { kind: 'deny', reason: null }));
    expect((await agent).decision).toBe('deny');
  });

  it('has pressed nothing, also under a number that is only about to be ours', async () => {
    const presser = await stranger();
    const early: Notified[] = [];
    // The service is busy: it takes the press up after Gatehouse has long been told the number.
    house.service.presses = () => undefined;
    house.service.onCall = () => {
      const [newest] = house.service.calls.slice(-1);
      if (newest === undefined || !newest.title.includes('asks') || early.length > 0) return;
      early.push(newest);
      void presser.press(newest.number, keyOf(newest, 'Allow once'));
    };
    const agent = house.fetch('a.md');
    const shown = await until(() => early[0] ?? null);
    await until(async () => ((await whats()).includes('notification_pressed') ? true : null));
    await new Promise((resolve) => setTimeout(resolve, 500));
    house.service.invoked(shown.number, keyOf(shown, 'Allow once'));
    await settled();
    expect(await house.waiting()).toBe(1);
    await house.page.value('answer', answerTo(await readCard(house.page), { kind: 'deny', reason: null }));
    expect((await agent).decision).toBe('deny');
  });

  it('for a notification of somebody else is no business of ours', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    await (await stranger()).press(shown.number + 500, 'default');
    await settled();
    expect(await whats()).toEqual([]);
    house.service.press(shown, 'Allow once');
    expect((await agent).decision).toBe('allow');
  });
});

describe('a service that has another program draw, as on GNOME', () => {
  it('raises no alarm by passing on what we show anew, nor does the other by telling everybody of a press', async () => {
    const shell = await stranger();
    await shell.bus.requestName('org.gnome.Shell', 0x4);
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    house.service.passOn(shown, 'org.gnome.Shell');
    shell.invoked(shown.number, keyOf(shown, 'Allow once'));
    await settled();
    expect(await house.waiting()).toBe(1);
    expect(await whats()).toEqual([]);
    house.service.press(shown, 'Allow once');
    expect((await agent).decision).toBe('allow');
  });
});
