/**
 * The governed tools as a client sees them, and what each call is: its module and action in the catalog, and its
 * parameters with whole paths. What is decided and what is done are the same words.
 */
import { isAbsolute, join } from 'node:path';
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';

export interface GovernedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly module: string;
  readonly action: string;
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly openWorld: boolean;
  readonly params: Readonly<Record<string, Param>>;
  readonly needs: readonly string[];
}

type Param =
  | { readonly type: 'path' | 'text' | 'url' | 'media'; readonly about: string; readonly most: number }
  | { readonly type: 'number'; readonly about: string; readonly least: number; readonly most: number }
  | { readonly type: 'flag'; readonly about: string };

/** Bytes. A worker takes a little more than twice this in one frame. */
const LONGEST_TEXT = 8 * 1024 * 1024;
const path = (about: string): Param => ({ type: 'path', about, most: 4000 });
const text = (about: string, most = LONGEST_TEXT): Param => ({ type: 'text', about, most });
const LINKS = 'Links are not followed: give the path that one leads to.';
const FILE = path('The file, absolute or from the working folder.');

const fileTool = (
  action: string,
  title: string,
  description: string,
  kind: 'reads' | 'changes' | 'destroys',
  params: GovernedTool['params'],
  needs: readonly string[],
): GovernedTool => ({
  name: `filesystem_${action}`,
  title,
  description,
  module: 'filesystem',
  action,
  readOnly: kind === 'reads',
  destructive: kind === 'destroys',
  openWorld: false,
  params,
  needs,
});

const FILE_TOOLS: readonly GovernedTool[] = [
  fileTool(
    'read',
    'Read a file',
    `Reads lines of a text file: at most 2000, and 256 KiB. ${LINKS}`,
    'reads',
    {
      file_path: FILE,
      offset: { type: 'number', about: 'The first line, from 1.', least: 1, most: 999_999_999 },
      limit: { type: 'number', about: 'How many lines; 2000 where it is left out.', least: 1, most: 2000 },
    },
    ['file_path'],
  ),
  fileTool(
    'write',
    'Write a file',
    `Puts a file in place, whole, with the folders above it; one that is there is replaced. ${LINKS}`,
    'destroys',
    { file_path: FILE, content: text('All that the file is to hold.') },
    ['file_path', 'content'],
  ),
  fileTool(
    'edit',
    'Edit a file',
    `Replaces a text in a file. It must stand there exactly once, unless replace_all is true. ${LINKS}`,
    'destroys',
    {
      file_path: FILE,
      old_string: text('The text as it stands in the file.'),
      new_string: text('The text to put in its place.'),
      replace_all: { type: 'flag', about: 'Replaces it wherever it stands.' },
    },
    ['file_path', 'old_string', 'new_string'],
  ),
  fileTool(
    'delete',
    'Delete a file',
    'Deletes one file, one link (not what it leads to) or one empty folder.',
    'destroys',
    { file_path: FILE },
    ['file_path'],
  ),
  fileTool(
    'list',
    'List a folder',
    'Lists a folder: folders end in /, links show where they lead, files their size in bytes.',
    'reads',
    { path: path('The folder; the working folder where it is left out.') },
    [],
  ),
  fileTool(
    'glob',
    'Find files by name',
    'Finds files by a pattern of their path: * and ? within a name, ** for any folders, [a-z]. What belongs to git and node_modules are left out unless they are named.',
    'reads',
    {
      pattern: text('Relative to path, for example src/**/*.ts.', 4000),
      path: path('Where to look; the working folder where it is left out.'),
    },
    ['pattern'],
  ),
  fileTool(
    'grep',
    'Search in files',
    'Finds lines by a regular expression (no back-references, no looking ahead or behind). What belongs to git and node_modules are left out unless they are named, and so are binary files, links, files above 16 MB, and files that may not be read.',
    'reads',
    {
      pattern: text('The regular expression.', 4000),
      path: path('A file or folder; the working folder where it is left out.'),
      glob: text('Only files of this name or path, for example *.ts.', 4000),
      ignore_case: { type: 'flag', about: 'Capital letters count as small ones.' },
    },
    ['pattern'],
  ),
];

/** The shell. It has no folder of its own: what a command does is judged from the working folder. */
const SHELL: GovernedTool = {
  name: 'shell_bash',
  title: 'Run a command',
  description:
    'Runs a command with bash in the working folder, in a sandbox: it sees the project, the system and toolchains read-only, and reaches the network through a proxy that asks. What it started ends with it; of long output the middle is left out.',
  module: 'shell',
  action: 'bash',
  readOnly: false,
  destructive: true,
  openWorld: true,
  params: {
    command: text('The command.', 100_000),
    description: text('What it is for, in a few words.', 1000),
    timeout: { type: 'number', about: 'Seconds; 120 where it is left out.', least: 1, most: 600 },
  },
  needs: ['command'],
};

const URL_PARAM: Param = {
  type: 'url',
  about: 'An http or https address, without a user in it.',
  most: 8000,
};
const SECONDS: Param = { type: 'number', about: 'Seconds; 60 where it is left out.', least: 1, most: 300 };
const ANSWER =
  'Answers status, headers and the beginning and end of the body. Redirections are not followed: call again with the address in Location.';

const HTTP_TOOLS: readonly GovernedTool[] = [
  {
    name: 'http_get',
    title: 'Fetch an address',
    description: `Makes a GET request. ${ANSWER}`,
    module: 'web',
    action: 'fetch',
    readOnly: true,
    destructive: false,
    openWorld: true,
    params: { url: URL_PARAM, timeout: SECONDS },
    needs: ['url'],
  },
  {
    name: 'http_post',
    title: 'Send to an address',
    description: `Makes a POST request. ${ANSWER}`,
    module: 'web',
    action: 'request',
    readOnly: false,
    destructive: true,
    openWorld: true,
    params: {
      url: URL_PARAM,
      body: text('What is sent.', 1024 * 1024),
      content_type: {
        type: 'media',
        about: 'What the body is; application/json where it is left out.',
        most: 200,
      },
      timeout: SECONDS,
    },
    needs: ['url', 'body'],
  },
];

export const GOVERNED_TOOLS: readonly GovernedTool[] = [...FILE_TOOLS, SHELL, ...HTTP_TOOLS];

/** Tools that look in the working folder where no path is given. */
const IN_FOLDER = new Set(['list', 'glob', 'grep']);

/** What tools/list says of a tool. */
export function toolEntry(tool: GovernedTool): JsonObject {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(tool.params).map(([name, param]) => [name, schemaOf(param)]),
      ),
      required: [...tool.needs],
      additionalProperties: false,
    },
    annotations: {
      title: tool.title,
      readOnlyHint: tool.readOnly,
      destructiveHint: tool.destructive,
      idempotentHint: tool.readOnly,
      openWorldHint: tool.openWorld,
    },
  };
}

function schemaOf(param: Param): JsonObject {
  switch (param.type) {
    case 'number':
      return { type: 'integer', description: param.about, minimum: param.least, maximum: param.most };
    case 'flag':
      return { type: 'boolean', description: param.about };
    default:
      return { type: 'string', description: param.about, maxLength: param.most };
  }
}

export type NamedCall =
  | { readonly tool: GovernedTool; readonly params: JsonObject }
  | { readonly problem: string };

/**
 * A call as it is decided and done: known parameters only, paths whole.
 *
 * @param cwd  absolute, without links
 */
export function namedCall(name: string, given: JsonObject, cwd: string): NamedCall {
  const tool = GOVERNED_TOOLS.find((one) => one.name === name);
  if (tool === undefined) return { problem: `Unknown tool: ${name.slice(0, 100)}` };
  const params: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(given)) {
    // Set below, when it was decided: the same words come a second time when it is done.
    if (tool.name === 'http_post' && key === 'method' && value === 'POST') continue;
    const param = Object.hasOwn(tool.params, key) ? tool.params[key] : undefined;
    if (param === undefined) return { problem: `${name} has no parameter ${key.slice(0, 100)}` };
    const problem = problemOf(param, value);
    if (problem !== null) return { problem: `${name}: ${key} ${problem}` };
    params[key] = canonical(param, value, cwd);
  }
  const missing = tool.needs.find((key) => params[key] === undefined);
  if (missing !== undefined) return { problem: `${name}: ${missing} is needed` };
  // What the catalog decides such a call by.
  if (tool.name === 'http_post') params['method'] = 'POST';
  if (tool.module === 'filesystem' && IN_FOLDER.has(tool.action) && params['path'] === undefined)
    params['path'] = cwd;
  return { tool, params };
}

const MEDIA = /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w.-]+)*$/;

function problemOf(param: Param, value: JsonValue): string | null {
  switch (param.type) {
    case 'flag':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'number':
      return Number.isInteger(value) && Number(value) >= param.least && Number(value) <= param.most
        ? null
        : `must be a whole number from ${param.least} to ${param.most}`;
    default:
      if (typeof value !== 'string' || !value.isWellFormed()) return 'must be a text';
      if (Buffer.byteLength(value) > param.most) return `is longer than ${param.most} bytes`;
      if (value.includes('\0') && param.most < LONGEST_TEXT) return 'must hold no zero byte';
      if (param.type === 'url' && webAddress(value) === null) return 'must be an http or https address';
      if (param.type === 'media' && !MEDIA.test(value)) return 'must be a media type such as text/plain';
      return param.type === 'path' && value === '' ? 'must be a path' : null;
  }
}

/** A value as it is decided and done: whole paths, and addresses in the one spelling that all readers share. */
function canonical(param: Param, value: JsonValue, cwd: string): JsonValue {
  if (param.type === 'path') return wholePath(String(value), cwd);
  return param.type === 'url' ? (webAddress(String(value))?.href ?? value) : value;
}

/** Null for anything but http and https, and with a user or password in it. */
export function webAddress(given: string): URL | null {
  if (!URL.canParse(given)) return null;
  const url = new URL(given);
  url.hash = '';
  const plain = url.username === '' && url.password === '' && url.hostname !== '';
  return plain && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
}

/** As the engine and the worker both read it: `..` goes one folder up, whatever is there. */
function wholePath(given: string, cwd: string): string {
  const whole = join(isAbsolute(given) ? '/' : cwd, given);
  return whole.length > 1 && whole.endsWith('/') ? whole.slice(0, -1) : whole;
}
