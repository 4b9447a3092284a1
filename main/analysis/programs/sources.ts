/** Addresses of strangers among the words of programs that take packages, images or configurations from somewhere. */
import { hostOf } from '../hosts.ts';
import type { Program } from '../shell/call.ts';
import { plain, shown } from '../shell/text.ts';

/** Hosts that everybody takes packages, images and modules from. */
const USUAL =
  /(?:^|\.)(?:npmjs\.(?:org|com)|yarnpkg\.com|jsr\.io|esm\.sh|pypi\.org|pythonhosted\.org|pytorch\.org|anaconda\.(?:org|com)|crates\.io|rubygems\.org|golang\.org|npmmirror\.com|tuna\.tsinghua\.edu\.cn|aliyun\.com|pyg\.org|maven\.org|apache\.org|gradle\.org|google\.com|googleapis\.com|nuget\.org|packagist\.org|getcomposer\.org|hex\.pm|hashicorp\.com|terraform\.io|docker\.(?:io|com)|ghcr\.io|quay\.io|gcr\.io|k8s\.io|mcr\.microsoft\.com|microsoft\.com|amazonaws\.com|ecr\.aws|azurecr\.io|pkg\.dev|nvcr\.io|nvidia\.com|lscr\.io|github\.com|githubusercontent\.com|github\.io|gitlab\.com|bitbucket\.org|codeberg\.org|jitpack\.io|spring\.io|jboss\.org|sonatype\.org|bitnami\.com|nodesource\.com|debian\.org|ubuntu\.com|launchpad\.net|fedoraproject\.org|alpinelinux\.org|archlinux\.org|nixos\.org|flathub\.org|snapcraft\.io|cran\.r-project\.org|cpan\.org|luarocks\.org|pub\.dev|cocoapods\.org|elastic\.co|grafana\.com|postgresql\.org|mongodb\.(?:com|org)|redis\.io|huggingface\.co|jetbrains\.com|eclipse\.org|dl\.k8s\.io|astral\.sh|schemastore\.org|json-schema\.org|w3\.org)$/i;
/** Options whose address says where to look, not what to take. */
const NO_SOURCE =
  /^--?(?:registry-auth|url|homepage|base-url|host|proxy|target|api|endpoint|cwd|site-url)(?:=|$)/;

/** The same program; what it is told to take from a host that nobody knows is said. */
export function withSources(own: Program): Program {
  return (call) => {
    for (const [index, { text }] of call.args.entries()) {
      if (NO_SOURCE.test(text) || NO_SOURCE.test(call.args[index - 1]?.text ?? '')) continue;
      const url =
        /(?:^|[=@,:\s]|sparse\+|registry\+)((?:git\+)?(?:git::)?(?:https?|git|ssh|ftp):\/\/[^\s,]+)/i.exec(
          plain(text),
        )?.[1];
      if (url === undefined) continue;
      const { host, class: kind } = hostOf(url.replace(/^git(?:\+|::)/, ''));
      if (kind === 'own' || (host !== null && USUAL.test(host))) continue;
      call.deed.concern('outside_code', `${call.name} takes what it runs from ${shown(host ?? url)}`);
    }
    return own(call);
  };
}

/** Whether an address is one of a host that nobody knows. */
export function isStrangeSource(url: string): boolean {
  const { host, class: kind } = hostOf(url);
  return kind !== 'own' && !(host !== null && USUAL.test(host));
}

/** Hosts of registries, which keep what was published under a name. */
const REGISTRIES =
  /(?:^|\.)(?:npmjs\.(?:org|com)|yarnpkg\.com|jsr\.io|npmmirror\.com|pypi\.org|pythonhosted\.org|pytorch\.org|anaconda\.(?:org|com)|crates\.io|rubygems\.org|golang\.org|maven\.org|apache\.org|gradle\.org|nuget\.org|packagist\.org|hex\.pm|pub\.dev|cpan\.org|luarocks\.org|cocoapods\.org|r-project\.org|hackage\.haskell\.org|stackage\.org|opam\.ocaml\.org|juliahub\.com|nvidia\.com|pyg\.org|tuna\.tsinghua\.edu\.cn|aliyun\.com|wheels\.vllm\.ai|storage\.googleapis\.com)$/i;

/** Whether an address is one of a registry, or of this machine. */
export function isRegistryAddress(url: string): boolean {
  const { host, class: kind } = hostOf(url);
  return kind === 'own' || (host !== null && REGISTRIES.test(host));
}

/** Whether an image comes from a registry that nobody knows; its name begins with the host. */
export function strangeRegistry(image: string): string | null {
  const host = /^([\w-]+(?:\.[\w-]+)+(?::\d+)?|[\w-]+:\d+)\//.exec(image)?.[1]?.replace(/:\d+$/, '');
  return host === undefined || USUAL.test(host) || hostOf(host).class === 'own' ? null : host;
}

/** Programs that take packages, modules or plug-ins and run them. */
export const TAKES_PACKAGES: readonly string[] = [
  'npm',
  'pnpm',
  'yarn',
  'bun',
  'cnpm',
  'pip',
  'pip3',
  'pipx',
  'uv',
  'poetry',
  'pdm',
  'conda',
  'mamba',
  'gem',
  'bundle',
  'composer',
  'cargo',
  'nuget',
  'dotnet',
  'mvn',
  'mvnw',
  'gradle',
  'gradlew',
  'terraform',
  'tofu',
  'rpm',
  'dnf',
  'yum',
  'apt',
  'apt-get',
  'apt-key',
  'add-apt-repository',
  'dpkg',
  'zypper',
  'pacman',
  'brew',
  'snap',
  'flatpak',
  'cpan',
  'cpanm',
  'luarocks',
  'opam',
  'easy_install',
  'ansible-galaxy',
  'vagrant',
  'nix',
  'nix-env',
  'guix',
  'pod',
  'mix',
  'rebar3',
  'stack',
  'cabal',
  'jupyter',
  'code',
  'cookiecutter',
  'copier',
  'yo',
  'degit',
];
