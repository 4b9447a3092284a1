/**
 * Monitor mode: `tools.capabilities.observe`. Calls of an agent that is observed are decided and recorded, and let
 * through whatever comes out. Self-protection and a stopped supervisor block all the same.
 */
import type { LayerName } from './layer.ts';
import type { Setting } from './policy.ts';

/** Everybody, nobody, clients or agents by name; null where a file says nothing. */
export type Observe = boolean | readonly string[] | null;

export interface ObserveLayer {
  readonly layer: LayerName;
  readonly setting: Setting<Observe>;
}

/**
 * Whether an agent is observed, and by which line. Every layer of the person and of whoever manages the computer
 * must say so; a project can only say that it is not.
 */
export function observed(
  layers: readonly ObserveLayer[],
  client: string,
  agent: string,
): Setting<Observe>['rule'] | false {
  let rule: Setting<Observe>['rule'] | false = false;
  for (const { layer, setting } of layers) {
    const said = saidOf(setting.value, client, agent);
    if (layer === 'project') {
      if (said === false) return false;
      continue;
    }
    if (said !== true) return false;
    rule = setting.rule;
  }
  return rule;
}

function saidOf(value: Observe, client: string, agent: string): boolean | null {
  if (value === null || typeof value === 'boolean') return value;
  return value.includes(client) || value.includes(agent);
}
