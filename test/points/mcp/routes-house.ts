/** A home of the test's own with clients' files, programs to run, and a book of servers. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RouteParts, RoutePlace, ServerRegister } from '../../../main/points/mcp/clients/route-parts.ts';
import { ClientRoutes } from '../../../main/points/mcp/clients/routes.ts';
import { ServerBook } from '../../../main/points/mcp/server-book.ts';
import type { AgentPlan } from '../../../preload/contract.ts';

export const DOOR = '/run/gatehouse/agent.sock';

export class RoutesHouse implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'gatehouse-routes-'));
  readonly home = join(this.root, 'home');
  readonly project = join(this.root, 'project');
  readonly backups = join(this.root, 'data', 'backups');
  readonly env: Record<string, string | undefined> = { PATH: join(this.root, 'bin') };
  readonly book: ServerBook;
  readonly parts: RouteParts;
  readonly register: { -readonly [K in keyof ServerRegister]: ServerRegister[K] };
  readonly projects: string[] = [];
  readonly routes: ClientRoutes;
  #kept: string | null = null;

  constructor() {
    for (const folder of [this.home, this.project, join(this.root, 'bin')]) mkdirSync(folder);
    for (const name of ['npx', 'uvx', 'node']) this.program(name);
    this.book = new ServerBook({
      read: () => this.#kept,
      write: (json) => {
        this.#kept = json;
      },
    });
    this.register = {
      prepare: async () => undefined,
      find: (name) => this.book.find(name),
      recordOf: (draft) => this.book.recordOf(draft, this.env, 1),
      enter: async (record) => this.book.enter(record),
      remove: async (name) => void this.book.remove(name),
    };
    this.parts = {
      home: { home: this.home, env: this.env },
      backups: this.backups,
      entry: (server) => ({ command: this.pipe, args: ['mcp', server, '--door', DOOR] }),
    };
    this.routes = this.reopened();
  }

  get pipe(): string {
    return join(this.root, 'data', 'bin', 'gatehouse');
  }

  /** As another process sees it; without `supervisor` as one that runs no supervisor. */
  reopened(supervisor = true): ClientRoutes {
    return new ClientRoutes({
      parts: this.parts,
      register: supervisor ? this.register : null,
      projects: () => this.projects,
    });
  }

  program(name: string, folder = join(this.root, 'bin')): string {
    const path = join(folder, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, '#!/bin/sh\n');
    chmodSync(path, 0o755);
    return path;
  }

  write(file: string, text: string | Buffer): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  place(
    client: string,
    project: string | null = null,
    change: AgentPlan['change'] = 'connect',
  ): Promise<RoutePlace> {
    return this.routes.place(client, project, change);
  }

  async plan(client: string, project: string | null = null): Promise<AgentPlan> {
    return this.routes.plan(await this.place(client, project), 'connect');
  }

  /** Routes what can be routed; the plan that was carried out. */
  async route(client: string, project: string | null = null): Promise<AgentPlan> {
    const place = await this.place(client, project);
    const plan = await this.routes.plan(place, 'connect');
    await this.routes.apply(place, plan.planId);
    return plan;
  }

  /** Puts back, without a supervisor. */
  async putBack(client: string, project: string | null = null): Promise<AgentPlan> {
    const routes = this.reopened(false);
    const place = await routes.place(client, project, 'disconnect');
    const plan = await routes.plan(place, 'disconnect');
    await routes.apply(place, plan.planId);
    return plan;
  }

  /** What is kept for the way back. */
  kept(): string[] {
    return existsSync(this.backups) ? readdirSync(this.backups).toSorted() : [];
  }

  read(file: string): Buffer {
    return readFileSync(file);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The plan's lines of one kind, joined. */
export function linesOf(plan: AgentPlan, kind: AgentPlan['diff'][number]['kind']): string {
  return plan.diff.flatMap((line) => (line.kind === kind ? [line.text] : [])).join('\n');
}
