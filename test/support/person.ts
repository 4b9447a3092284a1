/** A person in front of the page: what they see, press and keep a picture of. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright';
import { projectRoot } from './built.ts';
import { launchChromium } from './chromium.ts';

/** Longer than the page's dead time and than a hold takes. */
const SETTLED_MS = 600;
const HELD_MS = 1200;

export class Person {
  readonly page: Page;
  /** What the page complained about in its console. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #pictures: string;
  #taken = 0;

  private constructor(browser: Browser, page: Page, pictures: string) {
    this.#browser = browser;
    this.page = page;
    this.#pictures = pictures;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /**
   * Opens a browser on a link.
   *
   * @param pictures the folder below test-results for this person's pictures
   */
  static async open(url: string, pictures: string): Promise<Person> {
    const folder = join(projectRoot, 'test-results', pictures);
    mkdirSync(folder, { recursive: true });
    const browser = await launchChromium();
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const person = new Person(browser, page, folder);
    await page.goto(url);
    return person;
  }

  /** Goes on from another link, in the same window. */
  async follow(url: string): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.goto(url);
  }

  /** Waits until the page shows this text. */
  async sees(text: string | RegExp): Promise<Locator> {
    const found = this.page.getByText(text).first();
    await found.waitFor({ state: 'visible', timeout: 30_000 });
    return found;
  }

  /** The one request that waits, opened. */
  async opensRequest(title: RegExp): Promise<Locator> {
    const row = this.page.getByRole('option', { name: title });
    await row.waitFor({ timeout: 30_000 });
    await row.click();
    const card = this.page.getByRole('region', { name: 'Request', exact: true });
    await card.getByRole('heading', { name: title }).waitFor();
    await this.page.waitForTimeout(SETTLED_MS);
    return card;
  }

  async presses(name: string | RegExp): Promise<void> {
    await this.page.getByRole('button', { name }).first().click();
  }

  /** Keeps the button down as long as a risky answer wants it. */
  async holds(name: RegExp): Promise<void> {
    await this.page.getByRole('button', { name }).first().hover();
    await this.page.mouse.down();
    await this.page.waitForTimeout(HELD_MS);
    await this.page.mouse.up();
  }

  async goesTo(pageName: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: pageName }).click();
  }

  /** Keeps a picture, numbered in the order of the story. */
  async picture(name: string): Promise<void> {
    this.#taken += 1;
    const number = String(this.#taken).padStart(2, '0');
    await this.page.screenshot({ path: join(this.#pictures, `${number}-${name}.png`) });
  }

  async leaves(): Promise<void> {
    await this.#browser.close();
  }
}
