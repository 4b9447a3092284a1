/**
 * A program of which nothing is known. It may run what stands in its arguments, as many do, and it may mean by its
 * words what others mean by them.
 */
import type { Program } from '../shell/call.ts';
import { hasHole, plain, shown, UNKNOWN } from '../shell/text.ts';
import { MINES } from '../written/code-signs.ts';

const LOSING =
  /^(?:delete|destroy|purge|wipe|erase|terminate|drop|obliterate|nuke|deprovision|flush|drop[-_:]?(?:db|database|table|all)|db[:_-](?:drop|reset|wipe)|(?:delete|destroy|purge|wipe|drop)[-_:][\w-]+|[\w]+[-_:](?:delete|destroy|purge|drop))$/i;
/** Verbs by which something is put where others use it. */
const REACHING = /^(?:[\w-]+:)?(?:deploy|redeploy|publish|rollout|undeploy)(?::[\w-]+)*$/i;
/** Programs whose name among the arguments of another means that it is run. */
const MOST_WORDS = 12;

export function unknown(isDangerous: (name: string) => boolean): Program {
  return (call) => {
    // Further behind such a word may be meant for what it runs.
    const isShort = call.args.length <= 2;
    if (isShort && /^(?:--help|-h|--version|help|version)$/.test(call.args[0]?.text ?? '')) return UNKNOWN;
    if (call.args.at(-1)?.text === '--help') return UNKNOWN;
    const words = call.args.filter(({ text }) => !text.startsWith('-')).slice(0, 3);
    if (words.some(({ text }) => LOSING.test(plain(text))))
      call.deed.concern(
        'destroys',
        `${call.name} ${shown(words.map(({ text }) => text).join(' '))} sounds as if something were taken away`,
      );
    for (const { text } of call.args) {
      const command = /\\write18\s*\{([^}]*)\}/.exec(plain(text))?.[1];
      if (command !== undefined) call.script({ text: command, taint: 0, by: call.name });
    }
    for (const [index, one] of call.args.entries()) {
      const text = plain(one.text);
      if (MINES.test(text)) call.deed.concern('attack_tool', `${call.name} works for a pool of miners`);
      const to = /^--?(?:output|out|dest|destination|to|upload|push|report-to|target)(?:=(.+))?$/s.exec(text);
      const url = to?.[1] ?? (to === null ? '' : plain(call.args[index + 1]?.text ?? ''));
      if (/^(?:https?|wss?|ftp|s3|gs):\/\//.test(url)) call.deed.network(url, 'send', { taint: one.taint });
    }
    const reaching = words.findIndex(({ text }) => REACHING.test(plain(text)));
    if (reaching >= 0 && !call.args.some(({ text }) => /^--?(?:dry-?run|n|check|help|h)$/.test(text)))
      call.deed.concern(
        'service',
        `${call.name} ${shown(words[reaching]?.text ?? '')} may reach outside the project`,
      );
    for (const [index, one] of call.args.slice(0, MOST_WORDS).entries()) {
      if (hasHole(one.text) || one.text.startsWith('-')) continue;
      const name = one.text.split('/').at(-1) ?? '';
      // A word that many programs have for a beginning, and only with a number the machine's own.
      const isWord = name === 'init' && !/^\d$/.test(call.args[index + 1]?.text ?? '');
      if (!/\s/.test(one.text) && !isWord && isDangerous(name) && index + 1 < call.args.length) {
        call.run(call.args.slice(index), call.name);
        break;
      }
    }
    const option = call.args.findIndex(({ text }) =>
      /^(?:-c|-e|--command|--exec|--eval|--cmd|--run|--shell)$/.test(text),
    );
    const value = option < 0 ? undefined : call.args[option + 1];
    if (value !== undefined && /\s/.test(value.text))
      call.script({ text: plain(value.text), taint: value.taint, by: call.name });
    for (const one of call.args) call.deed.taint |= one.taint & ~8;
    for (const { text } of call.args) {
      const path = plain(text).replace(/^--?[\w-]+=/, '');
      if (/^(?:[~/.]|\ue007|file:\/\/)/.test(text) && !/\s/.test(path)) noteSecret(call, text);
    }
    return UNKNOWN;
  };
}

/** Whatever a program does with it: a secret that is named is a secret that may be read. */
function noteSecret(call: Parameters<Program>[0], text: string): void {
  call.deed.reads(text);
}
