/** Replaying past calls by the person's policy as it would be, with the other layers as they are. */
import type { ReplayReport } from '../../../preload/contract.ts';
import type { Protection } from '../../engine/self-protection.ts';
import type { PolicyLayers } from '../policy-layers.ts';
import type { LayerText } from './job.ts';
import type { Replayer } from './replayer.ts';

export interface PolicyReplayParts {
  readonly replayer: Replayer;
  readonly layers: Pick<PolicyLayers, 'managed' | 'project'>;
  /** Roots of the projects in which agents worked lately. */
  readonly projects: () => readonly string[];
  readonly protection: () => Protection;
  /** Where the person's policy stands. */
  readonly userFile: () => string;
  readonly nowMs: () => number;
}

export class PolicyReplay {
  readonly #parts: PolicyReplayParts;

  constructor(parts: PolicyReplayParts) {
    this.#parts = parts;
  }

  /** @throws GatehouseError as `since` */
  draft(text: string, days: number): Promise<ReplayReport> {
    return this.since(text, this.#parts.userFile(), this.#parts.nowMs() - days * 86_400_000);
  }

  /**
   * What calls since a moment would have been decided as.
   *
   * @param file where the text stands, or would stand: profiles are looked for beside it
   * @throws GatehouseError `has_errors`, `cancelled`, `too_slow`
   */
  since(text: string, file: string, sinceMs: number, signal?: AbortSignal): Promise<ReplayReport> {
    const { replayer, layers, projects, protection } = this.#parts;
    const managed = layers.managed();
    const shared: LayerText[] = [];
    if (managed?.state.kind === 'good')
      shared.push({ name: 'managed', file: managed.file, text: managed.state.text, trusted: true });
    shared.push({ name: 'user', file, text, trusted: true });
    return replayer.policy(
      {
        protection: protection(),
        shared,
        sinceMs,
        projects: projects().flatMap((app) => {
          const project = layers.project(app);
          if (project?.state.kind !== 'good') return [];
          const { state, trusted } = project;
          return [{ app, layer: { name: 'project', file: project.file, text: state.text, trusted } }];
        }),
      },
      signal,
    );
  }
}
