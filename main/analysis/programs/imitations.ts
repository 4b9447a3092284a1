/** Names of packages that are almost those which everybody uses, and versions that are known to do harm. */
import { HARMFUL_PACKAGES, NPM_PACKAGES, OTHER_PACKAGES, PYPI_PACKAGES } from '../tables/known-packages.ts';

const NODE = /^(?:npm|pnpm|yarn|bun|cnpm|npx|bunx|pnpx)$/;
const PYTHON = /^(?:pip|pip3|pipx|uv|uvx|poetry|pipenv|pdm|conda|mamba|rye|hatch|easy_install)$/;
const OTHER = /^(?:gem|bundle|cargo)$/;

/** `name@1.2`, `name==1.2[extra]`: the name, and the version where one is named. */
function taken(spec: string): { readonly name: string; readonly version: string | null } {
  const found = /^(@?[\w.-]+(?:\/[\w./-]+)?)(?:\[[^\]]*\])?(?:@|==|===|:)?v?([\w.+-]*)$/.exec(spec);
  return { name: (found?.[1] ?? spec).toLowerCase(), version: found?.[2] || null };
}

/**
 * Which package a name imitates, or what is known of a version.
 *
 * @param by the package manager
 * @param spec as it is named there
 * @returns null when nothing speaks against it
 */
export function imitated(by: string, spec: string): string | null {
  const { name, version } = taken(spec);
  const bad = Object.hasOwn(HARMFUL_PACKAGES, name) ? HARMFUL_PACKAGES[name] : undefined;
  if (bad !== undefined && (bad.length === 0 || (version !== null && bad.includes(version))))
    return 'one that was published with harm in it';
  const known = NODE.test(by)
    ? NPM_PACKAGES
    : PYTHON.test(by)
      ? PYPI_PACKAGES
      : OTHER.test(by)
        ? OTHER_PACKAGES
        : null;
  if (known === null || name.length < 5 || name.startsWith('@') || name.includes('/') || known.has(name))
    return null;
  const bare = plainly(name);
  for (const one of known) {
    if (one.length < 5 || Math.abs(one.length - name.length) > 3) continue;
    const other = plainly(one);
    // On PyPI a dash, a dot and an underscore are one.
    if (bare === other && !(known === PYPI_PACKAGES && unified(name) === unified(one))) return one;
    if (other.length >= 6 && isOneOff(bare, other)) return one;
  }
  return null;
}

function plainly(name: string): string {
  return name.replace(/[-_.]/g, '');
}

function unified(name: string): string {
  return name.replace(/[-_.]+/g, '-');
}

/** One letter more, less, other, or two that changed places. Numbers at the end are another edition. */
function isOneOff(a: string, b: string): boolean {
  if (a.replace(/\d+$/, '') === b.replace(/\d+$/, '')) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
