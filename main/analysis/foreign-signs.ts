/** What speaks against a call of a server's tool whatever the tool is called: stores of secrets, names that carry data. */
import { isNamedData } from './carried.ts';
import { hidesData } from './hosts.ts';
import type { Deed } from './shell/call.ts';
import type { CallFacts } from './tools.ts';
import { linkedData } from './written/linked-data.ts';

const STORES =
  /(?:^|[_-])(?:1password|onepassword|bitwarden|lastpass|keepass\w*|dashlane|keychain|keyring|vault|secrets?|secretsmanager|doppler|infisical|credentials?)(?:$|[_-])/i;
const REVEALS =
  /^(?:reveal|show_?(?:secret|password|value)s?|decrypt|with_?decryption|include_?(?:secret|password|value)s?|unmask(?:ed)?|plaintext|raw_?secret)$/i;
const MEMORY = /memory|knowledge|mem0|remember|notes?_?graph/i;
/** Words by which somebody else's text says that a person has agreed. */
const PERMITS =
  /\b(?:never ask|do(?:n['’]t| not) ask|without (?:asking|confirmation|approval)|no (?:confirmation|approval) (?:is )?(?:needed|required)|permanently (?:approved?|allow(?:ed)?)|always (?:allow|approve|run)|pre-?approved|has (?:approved|allowed) (?:all|any|every|running)|skip (?:the )?(?:approval|confirmation|review)s?|bypass(?:es|ing)? (?:the )?(?:approval|permission|guard)s?)\b/i;

/** Notes what speaks against it. @param texts every text of the parameters */
export function foreignSigns(
  call: CallFacts,
  server: string,
  texts: readonly { readonly text: string }[],
  noted: Deed,
): void {
  const isShown = call.parameters.some(
    ({ name, value }) => REVEALS.test(name) && value !== false && value !== null,
  );
  const isAsked = STORES.test(server) && !/(?:^|_)(?:list|search|status|whoami|health)/i.test(call.action);
  if (isShown || isAsked) noted.concern('secret', `asks ${server.slice(0, 60)} for a secret`);
  if (
    texts.some(
      ({ text }) =>
        text.length < 300 && /^[\w-]+(?:\.[\w-]+)+$/.test(text) && (hidesData(text) || isNamedData(text)),
    )
  )
    noted.concern('sends', `hands ${server.slice(0, 60)} a name that carries data`);
  for (const host of new Set(texts.flatMap(({ text }) => linkedData(text))))
    noted.concern('sends', `hands data to ${host.slice(0, 100)} when somebody looks at what it writes`);
  if (MEMORY.test(server) && texts.some(({ text }) => PERMITS.test(text)))
    noted.concern('agent_config', 'puts a permission into what agents remember');
}
