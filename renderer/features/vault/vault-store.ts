/** The vault as the supervisor told of it last. No value ever comes in here. */
import { create } from 'zustand';
import type { CredentialsPage, Result, VaultView } from '../../../preload/contract.ts';
import { api, call } from '../../app/api.ts';

/** The stretch of the credentials that the list shows, and what was looked for. */
export interface Listed extends CredentialsPage {
  readonly text: string;
}

interface VaultState {
  /** Null before the first word. */
  readonly vault: VaultView | null;
  readonly problem: string | null;
  /** Null: the first credentials, which come with the vault. */
  readonly listed: Listed | null;
}

export const useVault = create<VaultState>()(() => ({ vault: null, problem: null, listed: null }));

/** Listens while the page is open; asks for the present state each time. */
export function listenToVault(): () => void {
  const end = api.on('vault', setVault);
  void call('vault').then(take);
  return () => {
    end();
    useVault.setState({ listed: null });
  };
}

export function setVault(vault: VaultView): void {
  useVault.setState({ vault, problem: null });
  const { listed } = useVault.getState();
  if (listed !== null) void lookFor(listed.text, listed.from);
}

/** Takes the answer of a call that changed something, or shows why it did not. True when it did. */
export function take(result: Result<VaultView>): boolean {
  if (result.ok) setVault(result.value);
  else useVault.setState({ problem: result.error.message });
  return result.ok;
}

let asked = 0;

/** Shows those that match, from a place on, or those around one of them. An answer that comes late is left out. */
export async function lookFor(text: string, from: number, at: string | null = null): Promise<void> {
  asked += 1;
  const mine = asked;
  const result = await call('credentials', { text, from, at });
  if (mine !== asked) return;
  if (!result.ok) useVault.setState({ problem: result.error.message });
  else if (text === '' && result.value.from === 0) useVault.setState({ listed: null });
  else useVault.setState({ listed: { text, ...result.value } });
}
