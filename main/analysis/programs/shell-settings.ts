/** Programs that print settings for the shell which asks them: `eval "$(pyenv init -)"`. */
import type { Program } from '../shell/call.ts';
import { plain, TAINT } from '../shell/text.ts';

/** Words with which they do, by their names. */
const SETTINGS: Readonly<Record<string, RegExp>> = {
  pyenv: /^(?:virtualenv-)?init\b/,
  rbenv: /^init\b/,
  nodenv: /^init\b/,
  jenv: /^init\b/,
  goenv: /^init\b/,
  fnm: /^env\b/,
  volta: /^(?:setup|completions)\b/,
  mise: /^(?:activate|env|hook-env)\b/,
  rtx: /^activate\b/,
  direnv: /^hook\b/,
  opam: /^(?:env|config env)\b/,
  conda: /^shell\.\w+ (?:hook|activate)\b/,
  mamba: /^shell(?:\.\w+)? hook\b/,
  micromamba: /^shell hook\b/,
  brew: /^shellenv\b/,
  zoxide: /^init\b/,
  starship: /^init\b/,
  'ssh-agent': /^(?:-s|-c|)$/,
  dircolors: /^(?:-b)?$/,
  luarocks: /^path\b/,
  minikube: /^(?:(?:-p|--profile)[ =][\w-]+ )?(?:docker|podman)-env\b/,
  'docker-machine': /^env\b/,
};

/** Words that mean nothing to a shell, in case they come back in what is printed. */
const HARMLESS = /^[\w./=:@+%,-]*$/;

/** The same program, which prints nothing to worry about when it is asked for settings. */
export function withShellSettings(name: string, own: Program): Program {
  const asked = SETTINGS[name];
  if (asked === undefined) return own;
  return (call) => {
    const words = call.args.map(({ text }) => plain(text)).join(' ');
    return asked.test(words) &&
      call.args.every(
        ({ text, taint }) => taint === 0 && HARMLESS.test(plain(text).replace(/^[~\ue007]/, '')),
      )
      ? { text: '', taint: TAINT.none }
      : own(call);
  };
}

export const NAMES_WITH_SETTINGS: readonly string[] = Object.keys(SETTINGS);
