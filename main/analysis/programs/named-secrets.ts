/** Files of secrets among the words of a program that is not made to show files: many print what they cannot read as they like. */
import { isSecretPath } from '../sensitive-paths.ts';
import type { Call } from '../shell/call.ts';

/** Notes each as read. Options with a value glued on count too: `-f/etc/x`, `--file=x`, `@x`. */
export function namedSecrets(call: Call): void {
  for (const [index, { text }] of call.args.entries()) {
    // What a client signs in with it reads to do its work.
    if (
      /^--?(?:kube-?config|cert|cacert|ca-file|key-file|identity-file|private-key|ssh-key)(?:=|$)/.test(text)
    )
      continue;
    if (
      /^--?(?:kube-?config|cert|cacert|ca-file|key-file|identity-file|private-key|ssh-key)$/.test(
        call.args[index - 1]?.text ?? '',
      )
    )
      continue;
    const bare = text.replace(/^(?:--[\w-]+=|-[A-Za-z](?=[/.~\ue007])|@)/, '');
    if (!/^(?:[/.\ue007]|[\w-]+\/)/.test(bare)) continue;
    if (isSecretPath(call.deed.path(bare), call.place)) call.deed.reads(bare);
  }
}
