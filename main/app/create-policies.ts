/** The policies put together: the person's file, and the managed and project layers over it. */
import type { AuditLog } from '../audit/log.ts';
import { messageOf } from '../platform/errors.ts';
import type { Paths } from '../platform/paths.ts';
import type { StateStore } from '../store/state-store.ts';
import { PolicyKeeper } from './policy-keeper.ts';
import { PolicyLayers } from './policy-layers.ts';
import { ProfileFiles } from './profile-files.ts';
import { readPreset } from './resources.ts';
import { TrustBook } from './trust-book.ts';

export interface PoliciesSetup {
  readonly paths: Paths;
  readonly state: StateStore;
  readonly log: AuditLog;
  /** The file that the machine's owner laid down; null where there is no place for one. */
  readonly managedFile: string | null;
  /** Roots of the projects in which an agent works now. */
  readonly projects: () => readonly string[];
  readonly onProblem: (text: string) => void;
}

/** Nothing is in force before `policy.load()`. */
export function createPolicies(setup: PoliciesSetup): { policy: PolicyKeeper; layers: PolicyLayers } {
  const { paths, state, log } = setup;
  const policy = new PolicyKeeper({
    file: paths.policyFile,
    store: state.policies,
    profiles: new ProfileFiles(paths.policyFile, state.setting('policy.profiles')),
    preset: readPreset('careful'),
  });
  const layers = new PolicyLayers({
    user: () => policy.policy(),
    managedFile: setup.managedFile,
    trust: new TrustBook(state.setting('policy.trust')),
    live: (app) => setup.projects().includes(app),
    onEvent: (event) => void log.append(event).catch((error: unknown) => setup.onProblem(messageOf(error))),
  });
  return { policy, layers };
}
