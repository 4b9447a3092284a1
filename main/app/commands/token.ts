/** `gatehouse token …`: tokens for programs that ask over the HTTP API. One that may decide is made in the page only. */
import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ApiView } from '../../../preload/contract.ts';
import { appNameOf } from '../../points/api/apps.ts';
import { tildePath } from '../views/words.ts';
import {
  answer,
  type Command,
  type CommandAnswer,
  type CommandParts,
  type CommandRequest,
  failed,
  needsRunning,
  requirePresence,
} from './command.ts';

export const token: Command = {
  usage: ['token list [--json]', 'token add NAME [--app PATH] [--watch-only]', 'token revoke NAME'],
  what: [
    'Tokens for agents and programs that use the HTTP API. Adding one asks for the PIN.',
    '',
    'A token made here can submit calls and watch, for one project: the folder PATH, or the one you are in.',
    'A token that may answer requests is made in the page, under Settings.',
  ].join('\n'),
  needsSupervisor: true,
  async run(request, parts) {
    const { values, positionals } = parseArgs({
      args: request.argv.slice(1),
      allowPositionals: true,
      options: { json: { type: 'boolean' }, app: { type: 'string' }, 'watch-only': { type: 'boolean' } },
    });
    const [verb, name, ...more] = positionals;
    if (more.length === 0 && verb === 'list' && name === undefined) return list(parts, values.json ?? false);
    if (more.length === 0 && verb === 'add' && name !== undefined)
      return add(request, parts, name, values.app ?? '.', values['watch-only'] ?? false);
    if (more.length === 0 && verb === 'revoke' && name !== undefined) {
      const gone = await needsRunning(parts).api.revokeToken(name, 'terminal');
      return answer(`The token ${gone.name} is good no longer.`);
    }
    return failed(
      `token: one of list, add NAME, revoke NAME is needed; hint: ${parts.program} token --help`,
      2,
    );
  },
};

function list(parts: CommandParts, json: boolean): CommandAnswer {
  const api = needsRunning(parts).api.view();
  const { enabled, address, problem, tokens } = api;
  if (json) {
    const rootOf = (shown: string) => (/^~(?:\/|$)/.test(shown) ? parts.home + shown.slice(1) : shown);
    const listed = tokens.map(({ apps, ...token }) => ({
      ...token,
      apps: apps === null ? null : apps.map((shown) => appNameOf(rootOf(shown))),
    }));
    return answer(JSON.stringify({ enabled, address, problem, tokens: listed }, null, 2));
  }
  const day = (millis: number) => new Date(millis).toISOString().slice(0, 16).replace('T', ' ');
  return answer(
    [
      apiLine(api),
      ...tokens.map(
        ({ name, scopes, apps, createdAt, lastUsedAt }) =>
          `${name.padEnd(20)} ${scopes.join(', ').padEnd(14)} ${apps === null ? 'every project' : apps.join(', ')}\n    made ${day(createdAt)}, ${lastUsedAt === null ? 'never used' : `last used ${day(lastUsedAt)}`} (UTC)`,
      ),
      ...(tokens.length === 0 ? ['There are no tokens.'] : []),
    ].join('\n'),
  );
}

async function add(
  request: CommandRequest,
  parts: CommandParts,
  name: string,
  app: string,
  watchOnly: boolean,
): Promise<CommandAnswer> {
  const { api } = needsRunning(parts);
  await requirePresence(`making the token ${name.slice(0, 60)}`, request, parts);
  const folder = isAbsolute(app) || app.startsWith('~') ? app : join(request.cwd, app);
  const scopes = watchOnly ? (['watch'] as const) : (['submit', 'watch'] as const);
  const made = await api.makeToken({ name, scopes, folder }, 'terminal');
  const root = made.token.apps?.[0] ?? '';
  return answer(
    [
      `Token  ${made.secret}   (shown once, kept nowhere)`,
      `May    ${made.token.scopes.join(', ')}`,
      `For    ${tildePath(root, parts.home)}   as app ${appNameOf(root).app_id}`,
      apiLine(api.view()),
    ].join('\n'),
  );
}

function apiLine({ address, problem, enabled }: ApiView): string {
  if (address !== null) return `API    ${address}   (${address}/api/openapi.json)`;
  return `API    ${problem ?? (enabled ? 'not open' : 'off: switch it on in the page, under Settings')}`;
}
