/** The vault as the supervisor told of it last. No value ever comes in here. */
import { create } from 'zustand';
import type { Result, VaultView } from '../../../preload/contract.ts';
import { api, call } from '../../app/api.ts';

interface VaultState {
  /** Null before the first word. */
  readonly vault: VaultView | null;
  readonly problem: string | null;
}

export const useVault = create<VaultState>()(() => ({ vault: null, problem: null }));

/** Listens while the page is open; asks for the present state each time. */
export function listenToVault(): () => void {
  const end = api.on('vault', (vault) => useVault.setState({ vault, problem: null }));
  void call('vault').then(take);
  return end;
}

/** Takes the answer of a call that changed something, or shows why it did not. True when it did. */
export function take(result: Result<VaultView>): boolean {
  useVault.setState(result.ok ? { vault: result.value, problem: null } : { problem: result.error.message });
  return result.ok;
}
