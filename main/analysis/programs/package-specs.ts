/**
 * What is named to a package manager in place of a package of its registry: a repository, an archive, a folder of this
 * machine. The registry keeps what it once gave away and can take it back; nobody has looked at the others.
 */
import type { Call } from '../shell/call.ts';
import { plain, shown, type Word } from '../shell/text.ts';
import { imitated } from './imitations.ts';
import { isRegistryAddress } from './sources.ts';

const NODE = /^(?:npm|pnpm|yarn|bun|cnpm|npx|bunx|pnpx|degit|tiged|giget)$/;
const REPOSITORY =
  /^(?:[\w@./-]+@)?(?:git\+|git::|git:|git@[\w.-]+:|ssh:|hg\+|svn\+|bzr\+|(?:github|gitlab|bitbucket|gist|gh|gl|bb|codeberg|sourcehut|flake):(?!\/\/))/i;
const ADDRESS = /^(?:[\w.[\],-]+\s*@\s*)?((?:https?|ftp):\/\/\S+)/i;
/** An owner and a repository: what is in the registry has an owner with an at sign. */
const SHORT = /^[A-Za-z\d][\w.-]*\/[\w.-]+(?:#[\w./-]+)?$/;
const PATH = /^(?:file:|link:|portal:)?((?:[/~\ue007]|\.\.?\/).*)$/;
/** Managers whose packages have an owner and a name anyway. */
const OWNED = /^(?:composer|helm|go|mise|asdf|brew|docker|pod|nix|apt|dnf|luarocks|cargo|gem|conda|mamba)$/;

/**
 * Notes the words that name code from elsewhere than the registry.
 *
 * @param words what is named, without the verb
 */
export function namedElsewhere(call: Call, words: readonly Word[]): void {
  const by = call.name;
  for (const [index, one] of words.entries()) {
    const text = plain(one.text);
    if (text.startsWith('-') || /^--(?:output|out|dest)[\w-]*$/.test(plain(words[index - 1]?.text ?? '')))
      continue;
    const bare = text.replace(/^(?:npm|jsr):/, '');
    const address = ADDRESS.exec(bare)?.[1];
    if (REPOSITORY.test(bare))
      call.deed.concern('outside_code', `${by} takes code out of a repository, ${shown(bare)}`);
    else if (address !== undefined) {
      if (!isRegistryAddress(address))
        call.deed.concern('outside_code', `${by} takes code from ${shown(address)}`);
    } else if (NODE.test(by) && SHORT.test(bare) && !/^(?:@|\.)/.test(bare))
      call.deed.concern('outside_code', `${by} takes code out of the repository ${shown(bare)}`);
    const path = OWNED.test(by) ? undefined : PATH.exec(one.text)?.[1];
    if (path !== undefined && call.deed.isStrangers(path))
      call.deed.concern('outside_code', `${by} installs ${shown(path)}, of which nothing is known`);
    const meant = imitated(by, bare);
    if (meant !== null)
      call.deed.concern('outside_code', `${by} installs ${shown(bare)}, whose name is almost ${meant}`);
  }
}
