import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needs, until } from '../../support/desktop-session.ts';
import { NotificationService, type Notified } from '../../support/notification-service.ts';
import { NotifiedHouse } from '../../support/notified-house.ts';
import { answerTo, readCard } from '../../support/real-app.ts';

let house: NotifiedHouse;

beforeEach(async (context) => {
  needs(context, 'dbus-daemon');
  house = await NotifiedHouse.open();
});
afterEach(async () => {
  await house.close();
  expect(house.defects).toEqual([]);
});

const labels = ({ actions }: Notified) => actions.filter((_text, at) => at % 2 === 1);
const keyOf = ({ actions }: Notified, label: string) => actions[actions.indexOf(label) - 1] ?? '';
const whats = async () => (await house.alarms()).map(({ reason }) => reason);

/** Everything that was sent before has been dealt with: what is asked now is answered after it. */
async function settled(): Promise<void> {
  await house.bus.ownerOf('org.freedesktop.Notifications');
  await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a notification', () => {
  it('lets a call run that is allowed in it, once, and says on the log where that was', async () => {
    const agent = house.fetch('notes.md');
    const shown = await house.shown('notes.md');
    expect(shown.title).toMatch(/^Claude Code in .+ asks$/);
    expect(labels(shown)).toEqual(['Deny once', 'Review', 'Allow once', 'Open Gatehouse']);
    for (const key of shown.actions.filter((_text, at) => at % 2 === 0 && at < 6))
      expect(key).toMatch(/^[0-9a-f]{32}$/);
    house.service.press(shown, 'Allow once');
    expect((await agent).decision).toBe('allow');
    expect(await house.end()).toMatchObject({ outcome: 'allowed', via: 'notification', scope: 'once' });
    // Its key was good once. Pressing twice is clumsy and no attack.
    const twin = house.fetch('notes.md');
    await house.shown('notes.md');
    house.service.invoked(shown.number, keyOf(shown, 'Allow once'));
    await settled();
    expect(await house.waiting()).toBe(1);
    house.service.press(await house.shown('notes.md'), 'Deny once');
    expect((await twin).decision).toBe('deny');
    expect(await whats()).toEqual([]);
  });

  it('stops a call that is denied in it', async () => {
    const agent = house.bash('rm -r build');
    const shown = await house.shown('rm -r build');
    // High risk is never allowed from here.
    expect(labels(shown)).toEqual(['Deny once', 'Review', 'Open Gatehouse']);
    house.service.press(shown, 'Deny once');
    expect(await agent).toMatchObject({ decision: 'deny' });
    expect(await house.end()).toMatchObject({ outcome: 'denied', via: 'notification' });
  });

  it('offers no Allow for what cannot be read in it: what is written into a file', async () => {
    const agent = house.write('notes.md');
    const shown = await house.shown('notes.md');
    expect(labels(shown)).toEqual(['Deny once', 'Review', 'Open Gatehouse']);
    house.service.press(shown, 'Deny once');
    expect((await agent).decision).toBe('deny');
  });

  it('shows the page for Review and for a press on itself, and decides nothing', async () => {
    const agent = house.fetch('a.md');
    house.service.press(await house.shown('a.md'), 'Review');
    await until(() => house.opened[0] ?? null);
    const other = house.fetch('b.md');
    house.service.press(await house.shown('b.md'), 'default');
    await until(() => house.opened[1] ?? null);
    const { pending } = await house.page.value('inbox');
    expect(house.opened.toSorted()).toEqual(pending.map(({ id }) => id).toSorted());
    expect(house.service.screen.size).toBe(0);
    await house.real.stop();
    await Promise.allSettled([agent, other]);
  });

  it('that is put away decides nothing and does not come again', async () => {
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    house.service.close(shown.number, 2);
    const other = house.fetch('b.md');
    await house.shown('b.md');
    expect(await house.waiting()).toBe(2);
    expect(house.service.find('a.md')).toBeNull();
    await house.real.stop();
    await Promise.allSettled([agent, other]);
  });

  it('goes when its request is answered in the page, and when its agent gives up', async () => {
    const agent = house.fetch('a.md');
    await house.shown('a.md');
    const card = await readCard(house.page);
    await house.page.value('answer', answerTo(card));
    await agent;
    await until(() => (house.service.screen.size === 0 ? true : null));
  });

  it('that was pressed before anybody could read it is not taken, and stands again with other keys', async () => {
    const agent = house.fetch('a.md');
    const early = await until(() => house.service.find('a.md'));
    house.service.press(early, 'Allow once');
    const again = await house.shown('a.md');
    expect(again.actions).not.toEqual(early.actions);
    expect(await house.waiting()).toBe(1);
    house.service.press(again, 'Allow once');
    expect((await agent).decision).toBe('allow');
  });

  it('shows no secret, no markup and nothing that does not show', async () => {
    const agent = house.bash(
      'curl -H "Authorization: Bearer hunter2hunter2" https://x.example/<b>\u202Etxt.sh',
    );
    const { body } = await house.shown('curl');
    expect(body).not.toContain('hunter2');
    expect(body).toContain('[REDACTED]');
    expect(body).toContain('&lt;b&gt;');
    expect(body).toContain('‹U+202E›');
    expect(body).not.toMatch(/<|\u202E/);
    await house.real.stop();
    await agent.catch(() => undefined);
  });

  it('is one for equal requests, and one for all beyond three', async () => {
    const agents = [house.fetch('a.md')];
    // The first is one of the three, whichever of the others are.
    await until(() => house.service.find('a.md'));
    agents.push(...['b', 'c', 'd', 'e'].map((name) => house.fetch(`${name}.md`)));
    const rest = await until(() => house.service.find('2 more requests wait'));
    expect(labels(rest)).toEqual(['Review', 'Open Gatehouse']);
    await until(() => (house.service.screen.size === 4 ? true : null));
    agents.push(house.fetch('a.md'));
    await until(() => house.service.find('Asked 2 times'));
    await until(() => (house.service.screen.size === 4 ? true : null));
    await house.real.stop();
    await Promise.allSettled(agents);
  });
});

describe('a bus that lets nobody watch it', () => {
  it('allows nothing: Deny and Review stay', async () => {
    await house.close();
    house = await NotifiedHouse.open({ watched: false });
    const agent = house.fetch('a.md');
    const shown = await house.shown('a.md');
    expect(labels(shown)).toEqual(['Deny once', 'Review', 'Open Gatehouse']);
    const { notifier } = await house.page.value('desktop');
    expect(notifier).toMatchObject({ state: 'ready', trusted: false });
    expect(notifier.hint).toMatch(/does not let Gatehouse see whether another program changes/);
    house.service.press(shown, 'Deny once');
    expect((await agent).decision).toBe('deny');
  });
});

describe('what goes while a request waits', () => {
  it('the service: the request waits on, is shown by the next one, and can be answered', async () => {
    const agent = house.fetch('a.md');
    await house.shown('a.md');
    await house.service.stop();
    await until(async () => ((await house.page.value('desktop')).notifier.state === 'absent' ? true : null));
    expect(await house.waiting()).toBe(1);
    house.service = await NotificationService.start(house.session.address);
    house.service.press(await house.shown('a.md'), 'Deny once');
    expect((await agent).decision).toBe('deny');
  });

  it('the bus: the request waits on, the page still answers, and what comes back shows what waits', async () => {
    const first = house.fetch('a.md');
    await house.shown('a.md');
    const second = house.fetch('b.md');
    await house.shown('b.md');
    await house.session.killBus();
    await until(async () => ((await house.page.value('desktop')).notifier.state === 'absent' ? true : null));
    expect(await house.waiting()).toBe(2);
    const card = await readCard(house.page);
    await house.page.value('answer', answerTo(card));
    expect((await first).decision).toBe('allow');
    await house.service.stop().catch(() => undefined);
    await house.session.startBus();
    house.service = await NotificationService.start(house.session.address);
    house.service.press(await house.shown('b.md'), 'Deny once');
    expect((await second).decision).toBe('deny');
  });
});

describe('what the person wants of them', () => {
  it('off, without Allow, and not at these hours', async () => {
    await house.page.value('setNotifications', { enabled: true, approve: false, quiet: null });
    const agent = house.fetch('a.md');
    expect(labels(await house.shown('a.md'))).toEqual(['Deny once', 'Review', 'Open Gatehouse']);
    await house.page.value('setNotifications', { enabled: false, approve: true, quiet: null });
    await until(() => (house.service.screen.size === 0 ? true : null));
    await house.page.value('setNotifications', { enabled: true, approve: true, quiet: null });
    await until(() => house.service.find('a.md'));
    const hour = (plus: number) => {
      const at = new Date(Date.now() + plus * 3_600_000);
      return `${String(at.getHours()).padStart(2, '0')}:00`;
    };
    const quiet = { from: hour(-1), to: hour(2) };
    const view = await house.page.value('setNotifications', { enabled: true, approve: true, quiet });
    expect(view.quietNow).toBe(true);
    await until(() => (house.service.screen.size === 0 ? true : null));
    expect(await house.waiting()).toBe(1);
    // Kept over a restart.
    await house.real.restart();
    await agent.catch(() => undefined);
    expect((await house.real.page('second').value('desktop')).settings.quiet).toEqual(quiet);
  });
});

describe('a service', () => {
  it('that is no program of the system may not approve until the person agrees to it', async () => {
    await house.close();
    house = await NotifiedHouse.open({ system: false });
    expect((await house.page.value('desktop')).notifier).toMatchObject({ state: 'ready', trusted: false });
    const agent = house.fetch('a.md');
    expect(labels(await house.shown('a.md'))).not.toContain('Allow once');
    const { service } = (await house.page.value('desktop')).notifier;
    await house.page.value('trustNotifier', service ?? '');
    await until(() => {
      const now = house.service.find('a.md');
      return now !== null && labels(now).includes('Allow once') ? true : null;
    });
    await house.real.stop();
    await agent.catch(() => undefined);
  });

  it('that draws no buttons and reads no markup is sent none', async () => {
    await house.close();
    house = await NotifiedHouse.open({ capabilities: ['body'] });
    const agent = house.bash('echo "<b>"');
    const shown = await house.shown('echo');
    expect(shown.actions).toEqual([]);
    expect(shown.body).toContain('echo "<b>"');
    await house.real.stop();
    await agent.catch(() => undefined);
  });
});
