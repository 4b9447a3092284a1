/** Programs that run a command on many machines at once. */
import type { Call, Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, shown, UNKNOWN } from '../shell/text.ts';

/** Modules and functions that only look. */
const LOOKS =
  /^(?:ansible\.builtin\.)?(?:ping|setup|debug|stat|assert|gather_facts|\w+_facts|\w+_info|find|slurp|wait_for)$|^(?:test\.(?:ping|version)|grains\.\w+|pillar\.(?:get|items)|network\.(?:ip_addrs|ping)|disk\.usage|status\.\w+)$/;
/** Modules whose argument is a command. */
const COMMANDS =
  /^(?:ansible\.(?:builtin|legacy)\.)?(?:command|shell|raw)$|^cmd\.(?:run|shell|run_all|script)$/;

function runs(call: Call, where: string, text: string | null): void {
  call.deed.network(HOLE, 'connect');
  call.deed.concern('service', `runs a command on ${shown(where)}`);
  if (text !== null) call.script({ text, taint: 0, by: call.name, remote: true });
}

/** `ansible HOSTS -m MODULE -a ARGUMENTS`: without a module the arguments are a command. */
const ansible: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'aBcefikMmPtTuUl',
    long: ['args', 'module-name', 'inventory', 'limit', 'extra-vars', 'user', 'forks', 'become-user'],
  });
  if (given.has('version', 'help', 'h', 'list-hosts', 'syntax-check')) return UNKNOWN;
  const module = plain(given.values('m', 'module-name')[0]?.text ?? 'command');
  const text = given.values('a', 'args')[0]?.text;
  if (text !== undefined && /\bstate=absent\b/.test(plain(text)))
    call.deed.concern('destroys', 'takes something away on other machines');
  if (LOOKS.test(module) || given.has('C', 'check')) return UNKNOWN;
  runs(
    call,
    given.operands[0]?.text ?? 'other machines',
    COMMANDS.test(module) && text !== undefined ? plain(text) : null,
  );
  return UNKNOWN;
};

/** `ansible-playbook FILE`: what the tasks of the file do, on the hosts that it names. */
const playbook: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'cefiklMtTuU',
    long: ['inventory', 'limit', 'extra-vars', 'user', 'forks', 'tags', 'skip-tags', 'connection'],
  });
  for (const { text } of given.operands) call.deed.runsFile(text, call.name);
  const isDry =
    given.has('C', 'check', 'syntax-check', 'version', 'help', 'h') ||
    given.names.some((name) => name.startsWith('list-'));
  const isHere =
    given.values('c', 'connection').some(({ text }) => text === 'local') ||
    given.values('i', 'inventory').some(({ text }) => /^(?:localhost|127\.0\.0\.1),$/.test(text));
  if (isDry || isHere || given.operands.length === 0) return UNKNOWN;
  call.deed.network(HOLE, 'connect');
  call.deed.concern('service', 'changes the machines that a playbook names');
  return UNKNOWN;
};

/** `salt TARGET FUNCTION ARGUMENTS`. */
const salt: Program = (call) => {
  const given = parseOptions(call.args, { values: 'tbc', long: ['timeout', 'batch-size', 'out'] });
  const [target, name, ...rest] = given.operands;
  if (target === undefined || name === undefined || LOOKS.test(plain(name.text))) return UNKNOWN;
  const isCommand = COMMANDS.test(plain(name.text));
  runs(call, target.text, isCommand ? rest.map(({ text }) => plain(text)).join(' ') : null);
  return UNKNOWN;
};

/** `pdsh -w HOSTS COMMAND`: hosts are options, what is left is the command. */
const hosts: Program = (call) => {
  const given = parseOptions(call.args, {
    stops: true,
    values: 'wxgXhHlptOouf',
    long: ['hosts', 'host', 'user', 'timeout', 'par', 'machine', 'group'],
  });
  const words = given.operands;
  if (words.length > 0)
    runs(
      call,
      given.values('w', 'H', 'g', 'm')[0]?.text ?? 'other machines',
      words.map(({ text }) => plain(text)).join(' '),
    );
  return UNKNOWN;
};

export const fleetPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['ansible', ansible],
  ['ansible-playbook', playbook],
  ['salt', salt],
  ['salt-ssh', salt],
  ...['pdsh', 'clush', 'pssh', 'parallel-ssh', 'dsh', 'mussh', 'orgalorg'].map((name): [string, Program] => [
    name,
    hosts,
  ]),
]);
