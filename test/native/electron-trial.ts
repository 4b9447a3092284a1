/**
 * `npm start` where there is a display but Electron's program cannot be had: it goes on without a window.
 *
 * The display that is named does not exist: where the network does give Electron's program, it ends at once, and
 * that too must lead to the page.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../support/headless-rig.ts';
import { type Judge, statusOf } from './install-trial.ts';
import { Terminal } from './pseudo-terminal.ts';
import type { Stranger } from './stranger.ts';

const NO_DISPLAY = ':7843';
const FALLBACK = 'Gatehouse is running (headless: ';

interface Weather {
  readonly name: string;
  readonly env: (mirror: string) => NodeJS.ProcessEnv;
  /** What the mirror does with a request; false: nothing at all. */
  readonly answers: boolean;
  /** The reason in the first line. */
  readonly why: RegExp;
}

const WEATHERS: readonly Weather[] = [
  {
    name: 'the download is switched off',
    env: () => ({ ELECTRON_SKIP_BINARY_DOWNLOAD: '1' }),
    answers: true,
    why: /^Electron could not be downloaded$/,
  },
  {
    name: 'the mirror does not have it',
    env: (mirror) => ({ ELECTRON_MIRROR: mirror }),
    answers: true,
    why: /^Electron could not be downloaded$/,
  },
  {
    name: 'the mirror never answers',
    env: (mirror) => ({ ELECTRON_MIRROR: mirror }),
    answers: false,
    why: /^Electron was not downloaded within 60 s$/,
  },
  {
    name: 'the network is what it is here',
    env: () => ({}),
    answers: true,
    why: /^Electron (could not be downloaded|was not downloaded within 60 s|ended at once, .+|could not be started)$/,
  },
];

/** `stranger` has installed, and is not root: root never gets a window. */
export async function tryElectron(stranger: Stranger, check: Judge): Promise<void> {
  for (const weather of WEATHERS) {
    const server = createServer((_request, response) => {
      if (weather.answers) response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const port = await freePort();
    const env = { DISPLAY: NO_DISPLAY, ...weather.env(mirror) };
    const terminal = new Terminal(stranger, `npm start -- --no-open --port ${port}`, env);
    try {
      await terminal.until('Ctrl-C stops it', 120_000);
      const why = terminal.text.split(FALLBACK)[1]?.split(').')[0] ?? '';
      check(`${weather.name}: headless, and says why`, weather.why.test(why), terminal.text);
      check(`${weather.name}: the page is there`, (await statusOf(port)) === 200, terminal.text);
      terminal.type('\u0003');
      await terminal.ended;
      check(
        `${weather.name}: Ctrl-C stops it`,
        terminal.text.trimEnd().endsWith('Gatehouse has stopped.'),
        terminal.text,
      );
      check(
        `${weather.name}: no stack and no npm error`,
        !/^\s+at |^npm (error|ERR!)/m.test(terminal.text),
        terminal.text,
      );
    } catch (error) {
      check(`${weather.name}: it runs`, false, `${String(error)}\n${terminal.text}`);
    } finally {
      await terminal.end();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}
