/** The policy files as they were read last, the draft, and what was found in it. Kept while other pages are open. */
import { create } from 'zustand';
import type {
  MethodArgs,
  MethodName,
  MethodValue,
  PolicyCheck,
  PolicyFiles,
} from '../../../preload/contract.ts';
import { call } from '../../app/api.ts';
import type { Schema } from './schema-words.ts';

interface PolicyState {
  /** Null before the first word. */
  readonly files: PolicyFiles | null;
  readonly problem: string | null;
  /** Of the layer that is open. */
  readonly open: string;
  /** The person's own policy as it is being written; null: as it is in the file. */
  readonly draft: { readonly text: string; readonly over: string | null } | null;
  readonly check: PolicyCheck;
  readonly schema: Schema | null;
  /** What came of the last thing that was done. */
  readonly said: { readonly ok: boolean; readonly text: string } | null;
}

export const usePolicy = create<PolicyState>()(() => ({
  files: null,
  problem: null,
  open: 'user',
  draft: null,
  check: { errors: [], notes: [] },
  schema: null,
  said: null,
}));

export async function loadPolicy(): Promise<void> {
  const files = await call('policyFiles');
  usePolicy.setState(files.ok ? { files: files.value, problem: null } : { problem: files.error.message });
  if (usePolicy.getState().schema !== null) return;
  const schema = await call('policySchema');
  if (schema.ok) usePolicy.setState({ schema: schema.value });
}

let checks = 0;

/** Takes a draft and has it looked through; an answer that comes after a later draft is left. */
export async function write(text: string): Promise<void> {
  const { files, draft } = usePolicy.getState();
  const own = files?.layers.find(({ id }) => id === 'user');
  if (own === undefined) return;
  if (text === own.text && draft === null) return;
  usePolicy.setState({
    draft: text === own.text ? null : { text, over: draft?.over ?? own.hash },
    said: null,
  });
  checks += 1;
  const turn = checks;
  const result = await call('checkPolicy', text);
  if (turn === checks && result.ok) usePolicy.setState({ check: result.value });
}

export function dropDraft(): void {
  checks += 1;
  usePolicy.setState({ draft: null, check: { errors: [], notes: [] }, said: null });
}

export async function save(): Promise<void> {
  const { draft } = usePolicy.getState();
  if (draft === null) return;
  await change('savePolicy', [draft], 'Saved, and in force.', () => dropDraft());
}

export async function trust(id: string, hash: string): Promise<void> {
  await change('trustPolicy', [{ id, hash }], 'Trusted, as long as the file stays as it is.');
}

export async function distrust(id: string): Promise<void> {
  await change('distrustPolicy', [id], 'No longer trusted. It can only tighten.');
}

type Changing = 'savePolicy' | 'trustPolicy' | 'distrustPolicy';

async function change<M extends Changing & MethodName>(
  method: M,
  args: MethodArgs<M>,
  done: string,
  after: () => void = () => undefined,
): Promise<void> {
  const result = await call(method, ...args);
  if (!result.ok) {
    usePolicy.setState({ said: { ok: false, text: result.error.message } });
    return;
  }
  after();
  usePolicy.setState({ files: result.value as MethodValue<'policyFiles'>, said: { ok: true, text: done } });
}
