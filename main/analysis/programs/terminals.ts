/** Terminals, multiplexers, editors of their own window: what they are told to run, and what they install. */
import type { Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { plain, shown, TAINT, UNKNOWN } from '../shell/text.ts';

const RUNS =
  /^(?:new|new-session|neww|new-window|splitw|split-window|respawn-?[pw]\w*|run|run-shell|pipe-pane|if-shell|display-popup|popup)$/;

/** `tmux new -d 'command'`: the last words are shell text. */
const tmux: Program = (call) => {
  const global = parseOptions(call.args, { stops: true, values: 'cfLST' });
  for (const one of global.values('c')) call.script({ text: plain(one.text), taint: one.taint, by: 'tmux' });
  const [verb, ...args] = global.operands;
  if (verb === undefined) return UNKNOWN;
  const given = parseOptions(args, {
    stops: verb.text !== 'send-keys' && verb.text !== 'send',
    values: 'sntcFexylpwh',
  });
  if (RUNS.test(verb.text) || /^send(?:-keys)?$/.test(verb.text)) {
    const words = given.operands.filter(({ text }) => !/^(?:Enter|C-m|KPEnter|C-c|C-d)$/.test(text));
    if (words.length > 0)
      call.script({
        text: words.map(({ text }) => plain(text)).join(' '),
        taint: words.reduce((sum, one) => sum | one.taint, 0),
        by: 'tmux',
      });
  }
  return UNKNOWN;
};

/** `xterm -e command`. */
const terminal: Program = (call) => {
  const at = call.args.findIndex(({ text }) => /^(?:-e|-x|--execute|--|-hold)$/.test(text));
  if (at >= 0) call.run(call.args.slice(at + 1), call.name);
  const display = call.args.findIndex(({ text }) => /^--?display$/.test(text));
  const host = display < 0 ? undefined : call.args[display + 1]?.text.split(':')[0];
  if (host !== undefined && host !== '') {
    call.deed.network(host, 'send');
    call.deed.concern('remote_shell', `shows a terminal on ${shown(host)}`);
  }
  return UNKNOWN;
};

const editor: Program = (call) => {
  const given = parseOptions(call.args, {
    long: ['install-extension', 'add-mcp', 'user-data-dir', 'extensions-dir'],
  });
  for (const one of given.values('install-extension'))
    call.deed.concern('outside_code', `installs the extension ${shown(one.text)}`);
  for (const one of given.values('add-mcp'))
    call.deed.concern('agent_config', `adds the server ${shown(one.text)} to an agent`);
  return UNKNOWN;
};

/** Debuggers run what stands behind `-ex`. */
const debuggerOf: Program = (call) => {
  for (const [index, { text }] of call.args.entries()) {
    const value = /^--?(?:ex|eval-command|iex|o|one-line|batch-command)$/.test(text)
      ? call.args[index + 1]
      : undefined;
    const command =
      value === undefined ? null : /^\s*(?:shell|!|platform shell|pipe)\s+(.+)$/s.exec(plain(value.text));
    if (command !== null) call.script({ text: command[1] ?? '', taint: value?.taint ?? 0, by: call.name });
    if (
      value !== undefined &&
      /^\s*(?:python|script|call|expr|p(?:rint)?\s+system)\b/.test(plain(value.text))
    )
      call.deed.opaque(`${call.name} runs code of its own`);
  }
  if (call.args.some(({ text }) => /^(?:-p|--pid|--attach-pid|--attach)(?:=|$)/.test(text)))
    call.deed.concern('secret', `looks into a running program with ${call.name}`);
  return UNKNOWN;
};

const pager: Program = (call) => {
  let taint = call.stdin.taint;
  for (const { text } of call.args) {
    const command = /^\++.*?!(.+)$/s.exec(plain(text))?.[1];
    if (command !== undefined) {
      call.script({ text: command, taint: 0, by: call.name });
      call.deed.opaque(`${call.name} is told to run a command`);
    } else if (!/^[-+]/.test(text)) taint |= call.deed.reads(text).taint;
  }
  return { text: null, taint };
};

/** `ps e` shows variables of every program. */
const ps: Program = (call) => {
  const [first] = call.args;
  if (call.args.some(({ text }) => /^-[A-Za-z]*E/.test(text)) || /^[a-z]*e[a-z]*$/i.test(first?.text ?? ''))
    call.deed.concern('secret', 'prints the variables of other programs');
  const isChosen = call.args.some(({ text }) =>
    /^-(?:[a-zA-Z]*[pCqsgt]$|-(?:pid|ppid|tty|sid)\b)/.test(text),
  );
  return isChosen ? UNKNOWN : { text: null, taint: TAINT.processes };
};

/** `pgrep` with no pattern, or with one that all fit, names every process. */
const pgrep: Program = (call) => {
  const given = parseOptions(call.args, { values: 'dgGPstuUFrO', long: ['euid', 'uid', 'parent', 'group'] });
  const pattern = given.operands[0]?.text;
  const isAll = pattern === undefined || /^(?:\.|\.\*|\^|\$|)$/.test(plain(pattern));
  const isChosen = given.has('P', 'parent', 't', 'F');
  return isAll && !isChosen ? { text: null, taint: TAINT.processes } : UNKNOWN;
};

export const terminalPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['tmux', tmux],
  ...[
    'xterm',
    'urxvt',
    'rxvt',
    'konsole',
    'gnome-terminal',
    'alacritty',
    'kitty',
    'foot',
    'wezterm',
    'x-terminal-emulator',
  ].map((name): [string, Program] => [name, terminal]),
  ...['code', 'code-insiders', 'codium', 'cursor', 'windsurf'].map((name): [string, Program] => [
    name,
    editor,
  ]),
  ['gdb', debuggerOf],
  ['lldb', debuggerOf],
  ['less', pager],
  ['more', pager],
  ['most', pager],
  ['ps', ps],
  ['pgrep', pgrep],
]);
