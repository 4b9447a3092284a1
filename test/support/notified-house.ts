/** A running supervisor whose notifications go to a service in the test's hands, over a real bus. */
import { BusNotifier } from '../../main/app/desktop/bus-notifier.ts';
import { DEAD_TIME_MS } from '../../main/app/pages.ts';
import { SessionBus } from '../../main/platform/dbus/session-bus.ts';
import type { TimelineRow } from '../../preload/contract.ts';
import { DesktopSession, until } from './desktop-session.ts';
import { claudeCall } from './door-hook.ts';
import { NotificationService, type Notified } from './notification-service.ts';
import { ASKING, RealApp, type TestPage } from './real-app.ts';

export class NotifiedHouse {
  readonly session: DesktopSession;
  readonly real: RealApp;
  readonly page: TestPage;
  readonly bus: SessionBus;
  readonly opened: (string | null)[] = [];
  readonly defects: string[] = [];
  service: NotificationService;

  private constructor(session: DesktopSession, real: RealApp, service: NotificationService, system: boolean) {
    this.session = session;
    this.real = real;
    this.service = service;
    this.page = real.page('first');
    const onDefect = (where: string, error: unknown) => this.defects.push(`${where}: ${String(error)}`);
    this.bus = new SessionBus({ address: () => session.address, onDefect });
    const programOf = async () => ({ executable: '/usr/bin/test-service', system });
    real.app.attachDesktop({
      tray: null,
      notifier: new BusNotifier({ bus: this.bus, onDefect, programOf }),
      open: (request) => this.opened.push(request),
      quit: () => undefined,
    });
  }

  /** @param options.system  whether the program behind the service passes for one of the system */
  static async open(
    options: {
      readonly capabilities?: readonly string[];
      readonly system?: boolean;
      readonly watched?: boolean;
    } = {},
  ): Promise<NotifiedHouse> {
    const session = await DesktopSession.open({ watched: options.watched ?? true });
    const service = await NotificationService.start(session.address, options.capabilities);
    const real = await RealApp.start(ASKING);
    const house = new NotifiedHouse(session, real, service, options.system ?? true);
    house.bus.start();
    await house.ready();
    return house;
  }

  /** Waits until the notifications reach the service as it is now. */
  async ready(): Promise<void> {
    await until(async () => ((await this.page.value('desktop')).notifier.state === 'ready' ? true : null));
  }

  /** An agent asks to fetch a page: medium risk, and all of it can be read in a notification. */
  fetch(name: string): Promise<{ decision: string; reason: string }> {
    return this.real.ask(claudeCall('WebFetch', { url: `https://example.org/${name}`, prompt: 'read it' }));
  }

  /** An agent asks to write a file: what it writes cannot be read in a notification. */
  write(name: string): Promise<{ decision: string; reason: string }> {
    return this.real.ask(claudeCall('Write', { file_path: `/tmp/${name}`, content: 'x' }));
  }

  /** An agent asks to run a command: high risk. */
  bash(command: string): Promise<{ decision: string; reason: string }> {
    return this.real.ask(claudeCall('Bash', { command }));
  }

  /** The notification with this text, once it stands and a press on it counts. */
  async shown(text: string): Promise<Notified> {
    const found = await until(() => this.service.find(text));
    // The time counts from when Gatehouse has the number from the service: what it asks the bus now is answered later.
    await this.bus.ownerOf('org.freedesktop.Notifications');
    await new Promise((resolve) => setTimeout(resolve, DEAD_TIME_MS + 150));
    return found;
  }

  async waiting(): Promise<number> {
    return (await this.page.value('inbox')).pending.length;
  }

  /** What is on the timeline that needs attention. */
  async alarms(): Promise<readonly TimelineRow[]> {
    const { rows } = await this.page.value('timeline', {}, null, 100);
    return rows.filter((row) => row.alarm);
  }

  /** How the newest request ended, as the log tells it. */
  async end(): Promise<{ outcome: string; via: string | null; request?: string }> {
    return until(async () => {
      const { rows } = await this.page.value('timeline', {}, null, 100);
      for (const { seq, kind } of rows) {
        if (kind !== 'call') continue;
        const { records } = await this.page.value('timelineDetail', seq);
        const json = records.find(({ type }) => type === 'approval.resolved')?.json;
        if (json !== undefined) return JSON.parse(json);
      }
      return null;
    });
  }

  async close(): Promise<void> {
    await this.real.remove();
    await this.bus.close();
    await this.service.stop().catch(() => undefined);
    await this.session.close();
  }
}
