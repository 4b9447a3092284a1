/** Which service a variable of a secret belongs to, by its name. */

/** Short names that people give to services. */
const SHORT: Readonly<Record<string, string>> = {
  gh: 'github',
  gl: 'gitlab',
  ci: 'gitlab',
  hf: 'huggingface',
  aws: 'amazonaws',
  gcp: 'googleapis',
  google: 'googleapis',
  gemini: 'googleapis',
  cf: 'cloudflare',
  npm: 'npmjs',
  dockerhub: 'docker',
  do: 'digitalocean',
};

/**
 * Whether all secrets go to the service that they are named after: `GITHUB_TOKEN` to `api.github.com`.
 *
 * @param tokens names of variables
 * @param host the settled spelling; null when it is not known
 */
export function isMadeFor(tokens: ReadonlySet<string>, host: string | null): boolean {
  // The name that was bought: what stands before it is anybody's choice.
  const owner = host?.split('.').at(-2);
  if (owner === undefined || owner.length < 3) return false;
  return [...tokens].every((name) => {
    const parts = name.toLowerCase().split('_').slice(0, -1);
    return parts.some((part) => part === owner || SHORT[part] === owner);
  });
}
