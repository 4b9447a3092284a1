/** `gatehouse mcp …`: the servers that clients reach through Gatehouse. `mcp NAME` is the pipe itself. */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import type { McpServerView } from '../../../preload/contract.ts';
import { KNOWN_CLIENTS } from '../../points/mcp/clients/known-clients.ts';
import { wordsElsewhere } from '../../points/mcp/fetching-program.ts';
import type { ServerDraft } from '../../points/mcp/server-record.ts';
import { printable } from './approvals.ts';
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
import { changeTools, governedLines } from './mcp-governed.ts';
import { changeRoutes } from './mcp-routes.ts';
import { tools } from './mcp-tools.ts';

export const mcp: Command = {
  usage: [
    'mcp NAME                                                     the pipe that a client runs as its server',
    'mcp add NAME [--env KEY=VALUE]... [--cwd DIR] -- COMMAND...   registers a program',
    'mcp add NAME [--header KEY=VALUE]... --url URL                registers a Streamable HTTP server',
    'mcp list [--json]',
    'mcp remove NAME',
    'mcp tools [--json] [--known]                                 every tool and what a client may do with it',
    'mcp --tools                                                  the governed tools, as a server that a client runs',
    'mcp add --tools [CLIENT [--project DIR] [--yes]]             gives a client the governed tools, or prints the entry',
    'mcp remove --tools CLIENT [--project DIR] [--yes]            takes them out again, also when nothing runs',
    'mcp import CLIENT [--project DIR] [--yes]                    routes a client’s own entries through Gatehouse',
    'mcp export CLIENT [--project DIR] [--yes]                    puts them back to the byte, also when nothing runs',
  ],
  what: [
    'MCP servers that clients reach through Gatehouse: their tools are decided like every other action.',
    '',
    `CLIENT is one of ${KNOWN_CLIENTS.map(({ id }) => id).join(', ')}. Without --project the person’s own entries are meant,`,
    'with it those in the project’s file.',
    'A server runs in the folder of --cwd, else in one of its own that agents may not write to; an entry of a project',
    'in that project. npx and the like always run in their own: ./paths behind the package are taken from --cwd.',
    'Governed tools read, write, edit, delete, list and search files, run commands and make requests: each call is decided,',
    'and runs in a sandbox that sees the project and little else (Linux).',
    'A server whose tools are not known yet is started by `mcp tools` to list them, and ended; with --known none is.',
  ].join('\n'),
  // Putting entries back must work without one; the others say so themselves.
  needsSupervisor: false,
  async run(request, parts) {
    const [verb] = request.argv.slice(1);
    switch (verb) {
      case 'add':
        return add(request, parts);
      case 'list':
        return list(request, parts);
      case 'remove':
        return remove(request, parts);
      case 'tools':
        return tools(request, parts);
      case 'import':
        return changeRoutes(request, parts, 'connect');
      case 'export':
        return changeRoutes(request, parts, 'disconnect');
      default:
        return failed(
          `mcp: one of add, list, remove, tools, import, export, or the name of a server alone is needed; hint: ${parts.program} mcp --help`,
          2,
        );
    }
  },
};

async function add(request: CommandRequest, parts: CommandParts): Promise<CommandAnswer> {
  const words = request.argv.slice(2);
  if (words[0] === '--tools') return changeTools(request, parts, 'connect');
  const dashes = words.indexOf('--');
  const command = dashes < 0 ? [] : words.slice(dashes + 1);
  const { values, positionals } = parseArgs({
    args: dashes < 0 ? words : words.slice(0, dashes),
    allowPositionals: true,
    options: {
      env: { type: 'string', multiple: true },
      header: { type: 'string', multiple: true },
      cwd: { type: 'string' },
      url: { type: 'string' },
    },
  });
  const [name] = positionals;
  const [program, ...args] = command;
  if (
    name === undefined ||
    positionals.length !== 1 ||
    (program === undefined) === (values.url === undefined)
  )
    return failed(
      `mcp add: a name, and a command after -- or a --url, are needed; hint: ${parts.program} mcp --help`,
      2,
    );
  const { mcp: servers } = needsRunning(parts);
  const transport =
    program === undefined
      ? ({ kind: 'http', url: values.url ?? '', headers: pairs(values.header) } as const)
      : ({ kind: 'stdio', program, args, env: pairs(values.env), cwd: values.cwd ?? null } as const);
  await requirePresence(`registering the MCP server ${printable(name)}`, request, parts);
  const view = await servers.add({ name, transport, clientTimeoutMs: null });
  return answer(
    [
      `${view.name} is registered: ${printable(view.what)}`,
      ...(view.warning === null ? [] : [`Note: ${printable(view.warning)}`]),
      ...folderNote(transport),
      'In the client it stands as:',
      JSON.stringify({ [view.name]: view.entry }, null, 2),
    ].join('\n'),
  );
}

/** What the folder of `--cwd` means for the server. */
function folderNote(transport: ServerDraft['transport']): readonly string[] {
  if (transport.kind === 'http' || transport.cwd === null) return [];
  const folder = printable(transport.cwd);
  return wordsElsewhere(transport) === null
    ? [`Note: it runs in ${folder}; what agents put there, such as node_modules, it may run.`]
    : [
        `Note: ${printable(basename(transport.program))} starts in a folder of its own, because it takes what lies around it first; ./paths behind the package are taken from ${folder}.`,
      ];
}

async function list(request: CommandRequest, parts: CommandParts): Promise<CommandAnswer> {
  const { values } = parseArgs({ args: request.argv.slice(2), options: { json: { type: 'boolean' } } });
  const views = needsRunning(parts).mcp.views();
  if (values.json === true) return answer(JSON.stringify(views, null, 2));
  const governed = await governedLines(parts);
  const servers =
    views.length === 0
      ? [`No MCP server is registered. Add one: ${parts.program} mcp add NAME -- COMMAND`]
      : views.map(lineOf);
  return answer([...servers, ...governed].join('\n'));
}

async function remove(request: CommandRequest, parts: CommandParts): Promise<CommandAnswer> {
  const [name, ...more] = request.argv.slice(2);
  if (name === '--tools') return changeTools(request, parts, 'disconnect');
  if (name === undefined || more.length > 0)
    return failed(`mcp remove: one name is needed; hint: ${parts.program} mcp list`, 2);
  // Taking a server away allows nothing: no presence is needed.
  await needsRunning(parts).mcp.remove(name);
  return answer(`${printable(name)} is not registered any more.`);
}

function lineOf(view: McpServerView): string {
  const shown = view.tools.filter(({ standing }) => standing === 'allowed' || standing === 'asked').length;
  const worrying = view.tools.filter(({ concern }) => concern !== null).length;
  const tools =
    view.tools.length === 0 ? 'tools not known yet' : `${shown} of ${view.tools.length} tools shown`;
  const marks = worrying === 0 ? '' : `, ${worrying} to look at`;
  return `${view.name.padEnd(20)} ${view.state.padEnd(9)} ${tools}${marks}  ${printable(view.what)}`;
}

function pairs(words: readonly string[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (words ?? []).map((word) => {
      const at = word.indexOf('=');
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
