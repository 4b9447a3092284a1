/**
 * Behaviour profiles beside a policy file: `behavior/NAME.yaml`. Those that the policy in force was made from are
 * kept as they were, so that the last good policy can be compiled again whatever became of the files.
 */
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { GatehouseError } from '../platform/errors.ts';
import type { BundleFile, FindProfile } from '../policy/behavior/profile-file.ts';
import { readPolicyFile } from './policy-file.ts';

const Kept = z.record(z.string(), z.object({ file: z.string(), text: z.string() }));

/** The folder of the profiles that a policy file may name. */
export function profilesFolder(policyFile: string): string {
  return join(dirname(policyFile), 'behavior');
}

/**
 * Finds profiles beside a policy file.
 *
 * @throws GatehouseError `unreadable`, as readPolicyFile; also where the folder is a link, which leads who knows where
 */
export function profilesBeside(policyFile: string): FindProfile {
  return (name) => {
    const folder = profilesFolder(policyFile);
    // Names hold no dot and no slash; should one ever, it finds nothing.
    if (!/^[\w-]{1,64}$/.test(name)) return null;
    const file = join(folder, `${name}.yaml`);
    if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      throw new GatehouseError('unreadable', `${file} is not read: the folder behavior is a link`, {
        hint: 'put the folder itself there',
      });
    // A link that leads nowhere is there too, and told of.
    return lstatSync(file, { throwIfNoEntry: false }) === undefined
      ? null
      : { file, text: readPolicyFile(file) };
  };
}

export class ProfileFiles {
  readonly #find: FindProfile;
  readonly #setting: { read(): string | null; write(value: string): void };
  #used = new Map<string, BundleFile>();

  constructor(policyFile: string, setting: { read(): string | null; write(value: string): void }) {
    this.#find = profilesBeside(policyFile);
    this.#setting = setting;
  }

  /** Begins anew to note what is used. */
  fresh(): FindProfile {
    this.#used = new Map();
    return (name) => {
      const found = this.#find(name);
      if (found !== null) this.#used.set(name, found);
      return found;
    };
  }

  /** The policy that was just compiled is in force: what it used is kept with it. */
  keep(): void {
    const text = JSON.stringify(Object.fromEntries(this.#used));
    if (this.#setting.read() !== text) this.#setting.write(text);
  }

  /** What the last good policy was made from. */
  kept(): FindProfile {
    const json = this.#setting.read();
    const files = json === null ? {} : Kept.parse(JSON.parse(json));
    return (name) => (Object.hasOwn(files, name) ? (files[name] ?? null) : null);
  }
}
