/** Questions of `gatehouse vault` on the terminal, and what it says of a form. */
import type { CredentialCatalog, SavedCredential } from '../../../preload/contract.ts';
import { GatehouseError } from '../../platform/errors.ts';
import { checkPassphrase } from '../../vault/kdf.ts';
import type { Kind } from '../vault/catalog.ts';
import { answer, type CommandAnswer, type CommandRequest, failed } from './command.ts';

/** Asks twice. @throws GatehouseError `no_terminal`, `weak_passphrase`, `not_the_same` */
export async function askNewPassphrase(
  request: CommandRequest,
  prompt = 'New passphrase of the vault (10 characters or more): ',
): Promise<string> {
  const first = await request.ask(prompt);
  if (first === null)
    throw new GatehouseError(
      'no_terminal',
      'nothing was done: there is no terminal to ask on, or nothing was typed',
    );
  checkPassphrase(first);
  if ((await request.ask('The same again: ')) !== first)
    throw new GatehouseError('not_the_same', 'nothing was done: the two are not the same');
  return first;
}

/**
 * The values of a form: the whole standard input for one field, or each field asked for.
 *
 * @param field  the one that standard input is for; null: the main one
 */
export async function askValues(
  request: CommandRequest,
  kind: Kind,
  fromInput: boolean,
  field: string | null,
): Promise<ReadonlyMap<string, string | Buffer>> {
  const given = new Map<string, string | Buffer>();
  const main =
    field ?? kind.fields.find(({ name }) => name === kind.type.primary)?.name ?? kind.fields[0]?.name ?? null;
  if (fromInput) {
    if (main === null)
      throw new GatehouseError('usage', 'vault: --field NAME is needed: what it is called is yours to say');
    const isFile = kind.fields.find(({ name }) => name === main)?.type === 'file';
    const input = request.input ?? Buffer.alloc(0);
    given.set(main, isFile ? input : input.toString('utf8'));
  } else if (kind.fields.length === 0 && main === null)
    throw new GatehouseError('usage', 'vault: --field NAME is needed: what it is called is yours to say');
  const asked =
    kind.fields.length === 0 && !fromInput
      ? [{ name: main ?? '', label: main ?? '', required: true, type: 'secret' }]
      : kind.fields.filter(({ byService }) => byService !== true);
  for (const { name, label, required, type } of asked) {
    if (given.has(name) || (fromInput && !required)) continue;
    if (type === 'file')
      throw new GatehouseError('usage', 'vault: a file comes on standard input: --stdin < FILE');
    const text = await request.ask(`${label}${required ? '' : ' (may be left empty)'}: `);
    if (text !== null) given.set(name, text);
  }
  return given;
}

export function savedText(saved: SavedCredential, done: string, force: string): CommandAnswer {
  if (saved.saved) return answer(done);
  const lines = [...saved.problems, ...saved.warnings].map(
    ({ field, text }) => `${field === '' ? 'it' : field} ${text}`,
  );
  const hint = saved.problems.length === 0 ? `; hint: ${force} takes it all the same` : '';
  return failed(`vault: nothing was saved: ${lines.join('; ')}${hint}`);
}

/** What can be added. */
export function formText({ kinds, problems }: CredentialCatalog): string {
  const services = kinds.filter(({ id }) => !id.startsWith('type:'));
  const types = kinds.filter(({ id }) => id.startsWith('type:'));
  return [
    `--service  ${services.map(({ id }) => id).join(', ')}`,
    `--type     ${types.map(({ type }) => type).join(', ')}`,
    ...problems.map((problem) => `left out   ${problem}`),
  ].join('\n');
}
