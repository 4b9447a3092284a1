/**
 * Makes the pictures of the README, by hand: `node test/support/screenshots.ts [HOME]`.
 *
 * The real supervisor and the real Claude Code (`npm --prefix test/agents install`), in a home folder of their own
 * (/home/sam when left out; it must not exist, and is removed afterwards). Only the model is a double that plays
 * a script. What would reach a network (`npm install`, `git push`) waits and is denied in the end.
 */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright';
import { buildOnce, projectRoot, runFile } from './built.ts';
import { launchChromium } from './chromium.ts';
import { claudeProgram, HOW_TO_INSTALL, runClaude, type ScriptedTurn } from './claude-code.ts';
import type { ScriptedCall } from './fake-model.ts';
import { freePort } from './headless-rig.ts';
import { linkIn } from './supervisor-process.ts';

const PICTURES = join(projectRoot, 'resources', 'screenshots');
const PIN = 'gate 2617';
/** Longer than the page's dead time, and than a hold takes. */
const SETTLED_MS = 700;
const HELD_MS = 900;

const home = process.argv[2] ?? '/home/sam';
const program = join(home, '.local', 'bin', 'claude');

/** Projects with the files that are asked for. */
const FILES: Readonly<Record<string, string>> = {
  'shop/package.json': '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n',
  'shop/src/login.js': "export function afterLogin() {\n  return '/';\n}\n",
  'shop/src/login.test.js': "import test from 'node:test';\ntest('signing in', () => undefined);\n",
  'blog/posts/2026-10.md': '# October\n',
  'api/src/orders.js': 'export const orders = [];\n',
  'api/README.md': '# api\n',
};

const file = (path: string) => join(home, 'projects', path);
const read = (path: string): ScriptedCall => ({ name: 'Read', input: { file_path: file(path) } });
const bash = (command: string, description: string): ScriptedCall => ({
  name: 'Bash',
  input: { command, description },
});
const write = (path: string, content: string): ScriptedCall => ({
  name: 'Write',
  input: { file_path: file(path), content },
});

const SHOP: readonly ScriptedCall[] = [
  read('shop/package.json'),
  read('shop/src/login.js'),
  read('shop/src/login.test.js'),
  bash('npm test', 'Run the tests before changing anything'),
  {
    name: 'Edit',
    input: {
      file_path: file('shop/src/login.js'),
      old_string: "  return '/';",
      new_string: "  return nextPage() ?? '/';",
    },
  },
  bash('rm -rf node_modules package-lock.json', 'Start from a clean install'),
  // Refused by Gatehouse itself, whatever the policy says.
  bash('rm ~/.claude/settings.json', 'Remove the slow hooks'),
  bash('npm install date-fns', 'Add the date library that the order page needs'),
];
const BLOG: readonly ScriptedCall[] = [
  read('blog/posts/2026-10.md'),
  write('blog/posts/2026-11.md', '# November\n\nSigning in is fixed.\n'),
];
const API: readonly ScriptedCall[] = [
  read('api/src/orders.js'),
  read('api/README.md'),
  bash('git status --short', 'See what has changed'),
  bash('git push origin main', 'Push the fix so that it is built'),
];

function makeHome(): void {
  const real = claudeProgram();
  if (real === null) throw new Error(`Claude Code is not here; to add it: ${HOW_TO_INSTALL}`);
  if (existsSync(home)) throw new Error(`${home} is there already: name a folder that is not`);
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(file(path)), { recursive: true });
    writeFileSync(file(path), text);
  }
  for (const project of ['shop', 'blog', 'api'])
    execFileSync('git', ['init', '-q'], { cwd: join(home, 'projects', project) });
  mkdirSync(join(home, '.claude'));
  mkdirSync(dirname(program), { recursive: true });
  try {
    linkSync(real, program);
  } catch {
    copyFileSync(real, program);
  }
}

/** One session that plays its calls, one a turn. */
function session(project: string, prompt: string, calls: readonly ScriptedCall[]) {
  return runClaude({
    program,
    home,
    cwd: join(home, 'projects', project),
    prompt,
    script: calls.map((call): ScriptedTurn => ({ calls: [call] })),
    env: { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin` },
    timeoutMs: 120_000,
  });
}

async function supervisor(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = String(await freePort());
  const child = spawn(process.execPath, [runFile, 'start', '--headless', '--no-open', '--port', port], {
    cwd: home,
    env: { HOME: home, PATH: `${dirname(program)}:/usr/bin:/bin`, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (printed.includes('Ctrl-C stops it')) resolve();
    });
    void ended.then(() => reject(new Error(`the supervisor ended: ${printed}`)));
  });
  return {
    url: linkIn(printed).url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function picture(
  page: Page,
  name: string,
  themes: readonly ('light' | 'dark')[] = ['light', 'dark'],
): Promise<void> {
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(PICTURES, `${name}-${theme}.png`) });
  }
}

/** Opens the request with this title once it waits, and lets the page settle. */
async function open(page: Page, title: RegExp): Promise<void> {
  await page.getByRole('option', { name: title }).click({ timeout: 60_000 });
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.waitForTimeout(SETTLED_MS);
}

async function hold(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Hold/ }).hover();
  await page.mouse.down();
  await page.waitForTimeout(HELD_MS);
  await page.mouse.up();
}

async function connect(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByLabel('PIN', { exact: true }).fill(PIN);
  await page.getByLabel('Again', { exact: true }).fill(PIN);
  await page.getByRole('button', { name: /^Add \d+ hooks/ }).click();
  await page.getByRole('button', { name: 'Close' }).click();
}

async function take(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Connect' }).waitFor();
  await picture(page, 'first-run', ['light']);
  await connect(page);

  const shop = session('shop', 'fix the login redirect', SHOP);
  await open(page, /npm test/);
  await hold(page);
  await open(page, /Change src\/login\.js/);
  await page.keyboard.press('y');
  await open(page, /rm -rf/);
  await page.keyboard.press('r');
  await page.keyboard.type('Keep the lock file. Use npm ci.');
  await page.getByRole('button', { name: 'Deny with this reason' }).click();
  await open(page, /npm install/);
  const blog = session('blog', 'write the November post', BLOG);
  await page.getByRole('option', { name: /2026-11/ }).waitFor({ timeout: 60_000 });
  const api = session('api', 'push the orders fix', API);
  await open(page, /git status/);
  await page.keyboard.press('s');
  await page.waitForTimeout(SETTLED_MS);
  await hold(page);
  await page.getByRole('option', { name: /git push/ }).waitFor({ timeout: 60_000 });
  await open(page, /npm install/);
  await page.mouse.move(900, 700);
  await picture(page, 'inbox');

  await page.getByRole('link', { name: 'Timeline' }).click();
  await page.getByRole('searchbox').fill('events:no ');
  await page.getByText('rm -rf').click();
  await page.getByText('The agent was told').waitFor();
  await page.mouse.move(600, 740);
  await page.locator('.tl-bars svg').waitFor();
  await picture(page, 'timeline');

  // Whoever waits is denied: nothing of it has run.
  await page.getByRole('link', { name: /Inbox/ }).click();
  const over = Promise.all([shop, blog, api]);
  for (const title of [/npm install/, /git push/, /2026-11/]) {
    await open(page, title);
    await page.keyboard.press('n');
  }
  await over;
}

process.title = 'node';
await buildOnce();
makeHome();
try {
  mkdirSync(PICTURES, { recursive: true });
  const { url, stop } = await supervisor();
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    await page.goto(url);
    await take(page);
  } finally {
    await browser.close();
    await stop();
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
