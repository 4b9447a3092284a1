/** Files that say where packages, images and modules are taken from: what a call writes into one. */

import { isStrangeSource, strangeRegistry } from '../programs/sources.ts';
import type { Concern } from '../result.ts';
import { matchedTexts } from './matched-texts.ts';

interface SourceRow {
  readonly file: RegExp;
  /** Addresses from which code is taken: the first group that is there. */
  readonly addresses: readonly RegExp[];
  /** Whatever the address, it is no registry's: a repository, an archive, a file of this machine. */
  readonly always?: readonly RegExp[];
  /** Images, whose name begins with a registry where it is not the usual one. */
  readonly images?: RegExp;
  /** The check of who answers is switched off. */
  readonly unchecked?: RegExp;
}

const ANY_ADDRESS = /((?:git\+)?(?:https?|git|ssh|ftp):\/\/[^\s"'<>,)\]]+)/g;
const SETTINGS_UNCHECKED =
  /^[ \t]*(?:trusted-host|strict-ssl\s*=\s*false|strictSsl:\s*false|enableStrictSsl:\s*false|ssl_verify:\s*false|unsafeHttpWhitelist|check-revoke\s*=\s*false)/im;

export const SOURCE_FILES: readonly SourceRow[] = [
  {
    file: /(?:^|\/)(?:requirements|constraints|dev-requirements|test-requirements)[\w.-]*\.(?:txt|in)$|(?:^|\/)requirements\/[\w.-]+\.txt$/i,
    addresses: [
      /(?:--(?:extra-)?index-url|--find-links|-f|-i)[= ]+((?:https?|ftp):\/\/\S+)/g,
      /(?:^|@\s*|-e\s+)(https?:\/\/\S+)/gm,
    ],
    always: [/(?:^|@\s*|-e\s+)(git\+\S+)/gm, /(?:^|@\s*|-e\s+)(file:\S+|\/tmp\/\S+)/gm],
    unchecked: /^[ \t]*--trusted-host/m,
  },
  {
    file: /(?:^|\/)(?:pyproject\.toml|Pipfile|uv\.toml|poetry\.toml|setup\.cfg|environment\.ya?ml)$/i,
    addresses: [
      /(?:^[ \t]*|[{,]\s*)(?:url|index-url|default-index|extra-index-url|find-links)\s*=\s*"(https?:[^"]+)"/gm,
      /@\s*(https?:\/\/[^\s"']+)/g,
    ],
    always: [/(?:^[ \t]*|[{,]\s*)git\s*=\s*["']([^"']+)["']/gm, /@\s*(git\+[^\s"']+)/g, /-\s+(git\+\S+)/g],
  },
  {
    file: /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|composer\.lock|Gemfile\.lock|mix\.lock|pubspec\.lock|Podfile\.lock|deno\.lock|Package\.resolved)$/i,
    addresses: [
      /(?:"?resolved"?:?\s+"|"?tarball"?:\s*"?|\burl\s*=\s*"|"url":\s*"|^[ \t]*remote:\s*|"location"\s*:\s*")((?:git\+)?(?:https?|ssh|git):\/\/[^\s"',}]+)/gm,
    ],
  },
  { file: /(?:^|\/)Cargo\.lock$/i, addresses: [/source\s*=\s*"(?:registry\+|sparse\+)?([^"]+)"/g] },
  {
    file: /(?:^|\/)Cargo\.toml$/i,
    addresses: [/\bregistry-index\s*=\s*"([^"]+)"/g, /\bindex\s*=\s*"(https?:[^"]+)"/g],
    always: [/\bgit\s*=\s*"([^"]+)"/g, /\bpath\s*=\s*"(\/(?:tmp|var\/tmp|dev\/shm)\/[^"]*)"/g],
  },
  {
    file: /(?:^|\/)(?:Gemfile|[\w.-]+\.gemspec)$/,
    addresses: [/\bsource\s*\(?\s*['"](https?:[^'"]+)['"]/g],
    always: [/\b(?:git|github|gist|bitbucket)(?::|\s*=>)\s*['"]([^'"]+)['"]/g],
  },
  { file: /(?:^|\/)go\.mod$/, addresses: [], always: [/=>\s*((?:[\w-]+\.)+[\w-]+\/\S+\s+v\S+|\/\S+)/g] },
  {
    file: /(?:^|\/)composer\.json$/,
    addresses: [/"url"\s*:\s*"((?:https?|git|ssh):[^"]+)"/g],
    always: [/"type"\s*:\s*"(?:vcs|git|package|artifact)"[^}]{0,200}"url"\s*:\s*"([^"]+)"/g],
  },
  {
    file: /(?:\.gradle(?:\.kts)?|(?:^|\/)pom\.xml|(?:^|\/)(?:gradle|maven)-wrapper\.properties|(?:^|\/)build\.sbt|(?:^|\/)ivysettings\.xml|(?:^|\/)extensions\.xml)$/i,
    addresses: [
      /\bmaven\s*\{[^}]{0,200}?\burl\s*[=(]?\s*(?:uri\()?\s*['"]([^'"]+)['"]/g,
      /\bmaven\s*\(\s*["'](?:url\s*=\s*["'])?(https?:[^"']+)["']/g,
      /<(?:pluginR|r)epository>[\s\S]{0,400}?<url>\s*([^<\s]+)/g,
      /^[ \t]*distributionUrl\s*=\s*(\S+)/gm,
      /\bat\s+"(https?:[^"]+)"/g,
      /\bapply\s+from:\s*['"](https?:[^'"]+)['"]/g,
    ],
    unchecked: /\b(?:isAllowInsecureProtocol|allowInsecureProtocol)\s*(?:=|\s)\s*true/,
  },
  {
    file: /(?:^|\/)(?:pip\.conf|pip\.ini|\.npmrc|\.yarnrc(?:\.yml)?|bunfig\.toml|\.pypirc|nuget\.config|\.condarc|\.gemrc|\.bundle\/config|\.cargo\/config(?:\.toml)?|settings\.xml|\.pnpmfile\.cjs|\.mvn\/[\w.-]+)$/i,
    addresses: [ANY_ADDRESS],
    unchecked: SETTINGS_UNCHECKED,
  },
  {
    file: /(?:^|\/)(?:[\w.-]*(?:Docker|Container)file[\w.-]*|[\w.-]+\.dockerfile)$/i,
    addresses: [/^[ \t]*ADD\s+(?:--\S+\s+)*(https?:\S+|git@\S+|\S+\.git\b\S*)/gim],
    images: /^[ \t]*FROM\s+(?:--\S+\s+)*([\w.:/@${}-]+)/gim,
  },
  {
    file: /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/i,
    addresses: [/^[ \t]*(?:build|context):\s*['"]?((?:https?|git|ssh):\/\/\S+)/gim],
    images: /^[ \t]*image:\s*['"]?([\w.:/@${}-]+)/gim,
  },
  {
    file: /\.(?:tf|tofu|hcl)$/i,
    addresses: [
      /\bsource\s*=\s*"(?:git::)?((?:https?|ssh|git):\/\/[^"]+)"/g,
      /\bsource\s*=\s*"(?:git::)?(git@[^"]+)"/g,
    ],
  },
  {
    file: /(?:^|\/)(?:CMakeLists\.txt|[\w.-]+\.cmake|meson\.build|[\w.-]+\.wrap|conanfile\.\w+|vcpkg[\w.-]*\.json|WORKSPACE(?:\.bazel)?|MODULE\.bazel|Package\.swift|Podfile|Cartfile|mix\.exs|rebar\.config|pubspec\.yaml|stack\.yaml|cabal\.project|flake\.nix|deno\.jsonc?|import_map\.json)$/i,
    addresses: [ANY_ADDRESS],
  },
];

/** Whether a file names where packages were taken from, or settings that do. */
export function isLockFile(file: string): boolean {
  return (
    /(?:lock|shrinkwrap|\.npmrc|\.yarnrc|pip\.conf|requirements[\w.-]*\.txt|\.resolved|go\.mod|settings\.xml|nuget\.config)/i.test(
      file,
    ) && SOURCE_FILES.some((row) => row.file.test(file))
  );
}

/** Addresses that are no source: where to read about it. */
const NO_SOURCE =
  /^https?:\/\/(?:www\.)?(?:opensource\.org|creativecommons\.org|maven\.apache\.org|schemas?\.|json\.schemastore\.org|spdx\.org|choosealicense\.com)/i;

/** What speaks against what is written into such a file; nothing where the file is no such. */
export function sourceConcerns(file: string, text: string, before: string): readonly Concern[] {
  const name = file.split('/').at(-1) ?? file;
  return SOURCE_FILES.filter((row) => row.file.test(file)).flatMap((row) => {
    const found: Concern[] = [];
    const takes = (from: string) =>
      found.push({ code: 'outside_code', says: `has ${name} take code from ${from.slice(0, 200)}` });
    for (const one of row.addresses)
      for (const address of newOnes(one, text, before))
        if (!NO_SOURCE.test(address) && isStrangeSource(plainly(address))) takes(address);
    for (const one of row.always ?? []) for (const address of newOnes(one, text, before)) takes(address);
    for (const image of row.images === undefined ? [] : newOnes(row.images, text, before)) {
      const host = strangeRegistry(image);
      if (host !== null) takes(host);
    }
    if (row.unchecked?.test(text) === true && !row.unchecked.test(before))
      found.push({ code: 'tampering', says: `has ${name} switch off the check of who answers` });
    return found;
  });
}

function plainly(address: string): string {
  return address
    .replace(/^(?:git(?:\+|::)|registry\+|sparse\+)/, '')
    .replaceAll('\\:', ':')
    .replace(/^git@([\w.-]+):/, 'ssh://$1/');
}

const MOST = 400;

/** What a pattern finds in a text and not in what it takes the place of. */
function newOnes(pattern: RegExp, text: string, before: string): readonly string[] {
  const known = new Set(matchedTexts(pattern, before, MOST));
  return matchedTexts(pattern, text, MOST).filter((one) => !known.has(one));
}
