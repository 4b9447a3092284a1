/** A shell's view of the app, played: remembers what it was told and answers what a test sets. */
import type { Desktop } from '../../main/app/desktop-port.ts';
import type { App, FoundAgent, PageOptions } from '../../main/app/shell-port.ts';
import type { Result } from '../../preload/contract.ts';

export interface AttachedPage {
  readonly options: PageOptions;
  detached: boolean;
}

export class AppDouble implements App {
  readonly version = '0.0.0-test';
  readonly pages: AttachedPage[] = [];
  readonly events: { what: string; detail: string }[] = [];
  readonly notices: { text: string; tone: string }[] = [];
  readonly calls: { method: string; args: unknown }[] = [];
  readonly stops: string[] = [];
  agents: readonly FoundAgent[] = [];
  sentence = 'Nothing is supervised yet.';
  respond: (method: string, args: unknown) => Promise<Result<unknown>> = async (method) => ({
    ok: true,
    value: method,
  });
  /** Sent to a page the moment it is attached. */
  greeting: readonly unknown[] = [];
  open: (() => Promise<{ readonly url: string }>) | null = null;

  attachPage(options: PageOptions) {
    const page: AttachedPage = { options, detached: false };
    this.pages.push(page);
    for (const payload of this.greeting) options.send('overview', payload);
    return {
      id: `page-${this.pages.length}`,
      call: (method: string, args: unknown) => {
        this.calls.push({ method, args });
        return this.respond(method, args);
      },
      detach: () => {
        page.detached = true;
      },
    };
  }

  readonly desktops: Desktop[] = [];

  attachDesktop(desktop: Desktop): () => Promise<void> {
    this.desktops.push(desktop);
    return async () => {
      this.desktops.splice(this.desktops.indexOf(desktop), 1);
    };
  }

  securityEvent(what: string, detail: string): void {
    this.events.push({ what, detail });
  }

  notice(text: string, tone: 'plain' | 'wait' | 'stop'): void {
    this.notices.push({ text, tone });
  }

  async describeAgents(): Promise<readonly FoundAgent[]> {
    return this.agents;
  }

  enforcementSentence(): string {
    return this.sentence;
  }

  onOpenRequested(handler: () => Promise<{ readonly url: string }>): void {
    this.open = handler;
  }

  async stop(reason: string): Promise<void> {
    this.stops.push(reason);
  }

  attached(): readonly AttachedPage[] {
    return this.pages.filter((page) => !page.detached);
  }
}
