/** `gatehouse vault connect`: signing in at a service, with the browser on this computer or on another one. */
import type { CredentialDraft } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import type { CredentialsDesk } from '../vault/credentials-desk.ts';
import type { SignIns } from '../vault/sign-ins.ts';
import { answer, type CommandAnswer, type CommandRequest, failed } from './command.ts';

export interface ConnectWords {
  readonly name: string;
  readonly label: string;
  /** A service's id or `type:oauth2`; null: the credential is there, and is signed in for again. */
  readonly kind: string | null;
}

/** What a form asks for, as the terminal asks it. */
export type AskForm = () => Promise<ReadonlyMap<string, string | Buffer>>;

/**
 * Signs in and answers how it ended.
 *
 * @param known  id of the credential that is signed in for again; null: a new one
 * @throws GatehouseError what SignIns says
 */
export async function connect(
  request: CommandRequest,
  parts: { readonly desk: CredentialsDesk; readonly signIns: SignIns },
  words: ConnectWords,
  known: string | null,
  askForm: AskForm,
): Promise<CommandAnswer> {
  const { desk, signIns } = parts;
  const values: CredentialDraft['values'] = {};
  if (known === null) for (const [field, value] of await askForm()) values[field] = value.toString();
  const wish = desk.signInWish({
    ...{ credential: known, name: words.name, label: words.label, kind: words.kind ?? '', values },
  });
  if (!('kind' in wish))
    return failed(
      `vault: nothing was begun: ${wish.map(({ field, text }) => `${field === '' ? 'it' : field} ${text}`).join('; ')}`,
    );
  const { id, url } = await signIns.begin(wish, 'terminal');
  const settled = signIns.settled(id);
  const pasting = (async () => {
    const text = await request.ask(
      `Open this address in your browser and sign in:\n\n${url}\n\nThen press Enter. Where the browser runs on another computer, paste the address that it ends at: `,
    );
    if (text !== null) await signIns.paste(id, text);
  })();
  // What was pasted may be wrong; a browser that came back needs nobody to paste anything.
  const over = await Promise.race([settled, pasting.then(() => settled)]).catch((error: unknown) => {
    if (signIns.list().some((one) => one.id === id && one.state === 'waiting')) signIns.cancel(id);
    throw error;
  });
  if (over.state === 'done') return answer(`${words.name} is signed in to ${over.host}, and in the vault.`);
  throw new GatehouseError('sign_in_refused', `nobody is signed in: ${over.text}`);
}
