/** Compilers: the source that a call hands them, and what they are told to run beside it. */
import { inlineCode } from '../inline/inline.ts';
import { locusOf } from '../place.ts';
import type { Call } from '../shell/call.ts';
import { plain, shown } from '../shell/text.ts';

/** Source of a program that this very call wrote, or hands over: nothing else has been seen of it. */
export function writtenSources(call: Call): void {
  const by = `what ${call.name} compiles`;
  for (const { text } of call.args) {
    if (text === '-' && /^(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|rustc|tcc)$/.test(call.name)) {
      if (call.stdin.text !== '') inlineCode(call.stdin.text, call.stdin.taint, 'compiled', by, call);
    } else if (SOURCES.test(text)) {
      const written = call.files.get(call.deed.path(text));
      if (written !== undefined) inlineCode(written.text, written.taint, 'compiled', by, call);
    }
  }
}

const SOURCES = /\.(?:c|cc|cpp|cxx|h|hpp|m|mm|rs|go|java|kt|kts|cs|swift|zig|nim|d|s|asm)$/i;

/** Options by which a compiler is told to run another program, or to load one. */
export function compilerRuns(call: Call): void {
  if (call.name === 'cmake' && call.args[0]?.text === '-E') {
    const at = call.args.findIndex(({ text }) => /^(?:env|time)$/.test(text));
    const words = call.args
      .slice(at + 1)
      .filter(({ text }) => !/^(?:--|--unset=.*|[A-Za-z_]\w*=.*)$/s.test(text));
    if (at === 1 && words.length > 0) call.run(words, call.name);
  }
  for (const [index, { text }] of call.args.entries()) {
    const found =
      /^--?(wrapper|toolexec|exec|vettool|fplugin|load-pass-plugin|processorpath|agentpath|javaagent|init-script)(?:[=:](.+))?$/s.exec(
        plain(text),
      );
    if (found === null) continue;
    const value = found[2] ?? plain(call.args[index + 1]?.text ?? '');
    if (/^(?:wrapper|toolexec|exec)$/.test(found[1] ?? ''))
      call.script({ text: value.replaceAll(',', ' '), taint: 0, by: call.name });
    // What is loaded from outside of the project is run as well.
    const at = locusOf(call.deed.path(value), call.place);
    if (/^[/~\ue007]/.test(value) && at !== 'workspace' && at !== 'system')
      call.deed.concern('outside_code', `has ${call.name} run ${shown(value)}`);
  }
}
