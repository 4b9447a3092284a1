/**
 * What a session says about its own change where the change goes anyway, through the tool of a forge or a tracker: a
 * pull request, a comment. `gh pr create` is the same on the command line.
 */
import { scanText } from './content/scan.ts';
import { hostOf, isDrop } from './hosts.ts';

const SAYS =
  /^(?:(?:create|add|open|new|reply|post|save)\w*(?:pullrequest|mergerequest|comment|note|worklog|issue|ticket|bug|task)(?:s|to\w*|tothread)?|(?:repo|pr|mr|issue|ticket)s?(?:create|add|open|new|reply)?\w*(?:pullrequest|mergerequest|comment|note)s?|replyto\w*(?:comment|thread))$/;
// What is given a ticket besides words starts others, and is judged by its values.
const MORE = /review|approv|label|assign|merge(?!request)|publish|email|mail|message|delete|remove/;
const LONGEST = 20_000;
/** A word for a secret with a value behind it. */
const GIVES =
  /(?:secret|passw\w*|pwd|token|api.?key|access.?key|private.?key|creds?|credentials?|dsn|database.?url)\b[^\n]{0,24}?[:=][ \t"'`]*[^\s"'`]{6,}/i;
/** A run that no word, name or commit is. */
const RUN = /[A-Za-z\d+/_=-]{16,}/g;

/** A line that a program reads as an order: `/deploy`, `@robot merge`. */
const ORDER =
  /^[ \t]*(?:\/[a-z][\w-]*(?=\s|$)|@[\w-]+(?:\[bot\])?[ \t]+(?:merge|squash|rebase|approve|deploy|publish|release|rollback|run|retry|try|r\+))/im;

/** Whether words for people hold an order for a program that reads along. */
export function ordersProgram(text: string): boolean {
  return ORDER.test(text.slice(0, LONGEST));
}

/** @param tool the words of the tool's name */
export function isOwnWords(tool: string): boolean {
  const name = tool.replaceAll(' ', '');
  return SAYS.test(name) && !MORE.test(name.replace('reviewcomment', 'comment'));
}

/**
 * Whether texts are words for people about the project in hand: nothing in them looks like a secret or a load, and no
 * repository but this one is named.
 *
 * @param project name of the project's folder
 */
export function areHarmless(
  texts: readonly { readonly name: string; readonly text: string }[],
  project: string,
): boolean {
  return texts.every(({ name, text }) => {
    if (text.length > LONGEST || GIVES.test(text) || carries(text) || scanText(text).length > 0) return false;
    if (ordersProgram(text)) return false;
    for (const [url] of text.matchAll(/\bhttps?:\/\/[^\s)>\]"']+/gi))
      if (isDrop(url, hostOf(url).host)) return false;
    const path = text.replace(/%2f/gi, '/').replace(/\.git$|\/+$/g, '');
    const isNamed =
      /^(?:repo|repository|repo_?name|repository_?(?:id|name)|project_?(?:path|name)|full_?name)$/i.test(
        name,
      ) ||
      // With an owner before it, a name of a project is one of a repository.
      (/repo|project|nwo|slug|full_?name/i.test(name) && path.includes('/'));
    if (!isNamed) return true;
    const last = path.split('/').at(-1)?.toLowerCase() ?? '';
    // A folder may be named by owner and repository in one.
    return last === project.toLowerCase() || /^\d+$/.test(last) || letters(path) === letters(project);
  });
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** Letters of both cases and digits that take turns as in no name and no path, or a long run of capitals and digits. */
function carries(text: string): boolean {
  const bare = text.replace(/\bhttps?:\/\/[\w.-]+\/[\w./#?=&%-]*/gi, ' ');
  for (const [run] of bare.matchAll(RUN)) {
    if (/^[\da-f-]{16,40}$/.test(run)) continue;
    if (/[A-Z\d]{16}/.test(run) && /\d/.test(run) && /[A-Z]/.test(run)) return true;
    if (run.length < 20 || !/\d/.test(run) || !/[a-z]/.test(run)) continue;
    const turns = run.match(/[a-z]+|[A-Z]+|\d+/g)?.length ?? 0;
    if (turns / run.length > 0.3) return true;
  }
  return false;
}
