/** The command lines of `gatehouse hook` and `gatehouse mcp NAME`, or `--tools`. */
import { block } from './say.mjs';

const DEFAULT_DEADLINE_SECONDS = 590;
const MAX_DEADLINE_SECONDS = 86_400;
const HOOK_USAGE = 'gatehouse hook AGENT --door ABSOLUTE_PATH [--deadline SECONDS] [--tells | --proof]';
const MCP_USAGE = 'gatehouse mcp NAME --door ABSOLUTE_PATH, or --tools in the place of NAME';
/** What is asked for at the door where the governed tools are meant; no server can have a command's name. */
export const GOVERNED_TOOLS = 'tools';
/** What fits into a socket address, without its final zero. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
const MCP_COMMANDS = ['add', 'export', 'import', 'list', 'remove', 'tools'];
/** Tools are told apart as mcp__SERVER__TOOL, so a name has no `__` in it and no `_` at its end. */
const SERVER_NAME = /^(?!.*__)[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9-])?$/;

/** Whether a hook's words say that its event decides nothing; asked first, so that no slip of it can stop anything. */
export function wordsTell(words) {
  return words.includes('--tells');
}

/** Reads the command line after the word `hook`. */
export function readHookWords(words) {
  const tells = wordsTell(words);
  const proof = words.includes('--proof');
  const { options, names } = split(
    words.filter((word) => word !== '--tells' && word !== '--proof'),
    ['--door', '--deadline'],
    HOOK_USAGE,
  );
  const [agent, second] = names;
  if (second !== undefined) block(`one agent at a time, not also ${second}`, HOOK_USAGE);
  if (agent === undefined) block('no agent was named', HOOK_USAGE);
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(agent)) block(`no agent has the name ${agent}`, HOOK_USAGE);
  const door = readDoor(options['--door'], HOOK_USAGE);
  const deadline = options['--deadline'];
  const deadlineMs = (deadline === undefined ? DEFAULT_DEADLINE_SECONDS : readSeconds(deadline)) * 1000;
  return { agent, door, deadlineMs, tells, proof };
}

/** Whether these words after `mcp` ask for a pipe. */
export function wantsPipe(words) {
  if (words[0] === '--tools') return words[1] !== '--help';
  return words.length > 0 && ![...MCP_COMMANDS, '--help'].includes(words[0]);
}

/** Reads the command line after the word `mcp`. */
export function readMcpWords(all) {
  const tools = all[0] === '--tools';
  const words = tools ? all.slice(1) : all;
  const { options, names } = split(words, ['--door'], MCP_USAGE);
  const [server, second] = tools ? [GOVERNED_TOOLS, ...names] : names;
  if (second !== undefined) block(`it only connects and starts nothing, so it takes no ${second}`, MCP_USAGE);
  if (server === undefined) block('no MCP server was named', MCP_USAGE);
  if (!tools && (!SERVER_NAME.test(server) || MCP_COMMANDS.includes(server)))
    block(`no MCP server has the name ${server}`, MCP_USAGE);
  return { server, door: readDoor(options['--door'], MCP_USAGE) };
}

/** Options as `--name VALUE` or `--name=VALUE`, each once, and the other words. */
function split(words, known, usage) {
  const options = {};
  const names = [];
  for (let at = 0; at < words.length; at++) {
    const [name, ...inline] = words[at].split('=');
    if (known.includes(name)) {
      const value = words[at].includes('=') ? inline.join('=') : words[++at];
      if (value === undefined) block(`no value after ${name}`, usage);
      if (options[name] !== undefined) block(`${name} was given twice`, usage);
      options[name] = value;
    } else if (words[at].startsWith('-')) {
      block(`unknown option ${words[at]}`, usage);
    } else {
      names.push(words[at]);
    }
  }
  return { options, names };
}

function readDoor(path, usage) {
  if (path === undefined) block('no door was named', 'give --door ABSOLUTE_PATH');
  const onWindows = process.platform === 'win32';
  const absolute = onWindows ? path.startsWith('\\\\.\\pipe\\') : path.startsWith('/');
  if (!absolute) block(`the door must be an absolute path, not ${path}`, usage);
  if (!onWindows && Buffer.byteLength(path) > MAX_PATH_BYTES)
    block(`the door's path is too long for a socket: ${path}`, 'move GATEHOUSE_HOME to a shorter path');
  return path;
}

function readSeconds(text) {
  const seconds = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > MAX_DEADLINE_SECONDS)
    block(`the deadline must be 1 to 86400 seconds, not ${text}`, HOOK_USAGE);
  return seconds;
}
