/** What editors are told that leaves nothing of a file. */

/** Lines of `ed` and `ex` that delete every line, or every one with something in it. */
const DELETES_ALL =
  /^:?\s*(?:(?:%|,|[01],\$|g\s*\/(?:\^|\.|\.\*|\^\.\*\$?)\/)\s*d(?:e(?:l(?:e(?:te?)?)?)?)?\b(?:\s+_)?|(?:silent!?\s+)?norm(?:al)?!?\s+ggdG)\s*$/;
const WRITES =
  /^:?\s*(?:silent!?\s+)?(?:[\d,.$%]*w(?:q|qa|a|qall|all)?!?|x(?:a|all|it)?!?|up(?:d(?:ate)?)?!?|exit!?)(?:\s|$)/;

/** Whether commands of a line editor empty what it has opened, and keep that. */
export function leavesNothing(commands: readonly string[]): boolean {
  const at = commands.findIndex((one) => DELETES_ALL.test(one));
  return at >= 0 && commands.slice(at + 1).some((one) => WRITES.test(one));
}

const ALL_LINES = /^(?:[01],\$|[01]~1|\/(?:\.|\.\*|\.\+|\^|\$|\^\.\*\$?|\.\*\$)\/)?\s*d$/;
const NOTHING_IN_LINES = /^s([/|#,!])\^?\.[*+]\$?\1\1g?$/;

/** Whether a script for `sed -i` leaves no line, or nothing in them. @param silent it prints only what it is told to */
export function dropsLines(script: string, silent: boolean): boolean {
  const text = script.trim();
  if (silent && !/[pPwWiacrRex=]/.test(text)) return true;
  return ALL_LINES.test(text) || NOTHING_IN_LINES.test(text) || /^\d*,?\$?!d$/.test(text);
}
