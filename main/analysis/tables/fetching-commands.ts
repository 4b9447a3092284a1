/** Programs that take code of others and run it, by the words with which they do. See `system-row.ts`. */
import type { SystemRow } from './system-row.ts';

const takes = (when: RegExp, says = 'takes code of others and runs it'): readonly SystemRow[] => [
  { code: 'outside_code', says, when },
];
/** A repository, in the short ways of naming one. */
const REPOSITORY = String.raw`(?:(?:github|gitlab|gh|gl|bb|bitbucket|sourcehut|git|hg|flake)[:+]|https?:\/\/|git@|ssh:)`;
const named = (before: string): RegExp => new RegExp(`${before}${REPOSITORY}`);

export const FETCHING_COMMANDS: Readonly<Record<string, readonly SystemRow[]>> = {
  nix: takes(named(String.raw`^(?:run|shell|develop|profile (?:install|add)|build|flake init)\b.*(?:^|\s)`)),
  'nix-shell': takes(/https?:\/\//),
  'nix-build': takes(/https?:\/\//),
  'nix-channel': takes(/--add\b/),
  deno: takes(
    /^(?:run|install|i|x|compile|eval|task|jupyter)\b.*\s(?:https?:\/\/(?!(?:jsr\.io|deno\.land\/std|esm\.sh)\/)\S+)/,
  ),
  asdf: takes(/^plugin[- ]add\s+\S+\s+\S+/),
  mise: takes(
    named(
      String.raw`^(?:plugins? (?:install|add|i)\b.*|use\b.*\s|exec\b.*\s|x\b.*\s|install\b.*\s)(?:ubi:|aqua:)?`,
    ),
  ),
  kubectl: takes(/^krew\s+(?:install|index add|upgrade)/),
  krew: takes(/^(?:install|index add)/),
  terraform: takes(/-from-module[= ]/),
  tofu: takes(/-from-module[= ]/),
  docker: takes(
    /^plugin\s+install\b|^(?:buildx\s+|image\s+)?build\b.*\s(?:https?:\/\/|git@|git:|ssh:|github\.com\/)\S+|^(?:buildx\s+)?bake\b.*\s(?:https?:|git@)/,
  ),
  podman: takes(/^build\b.*\s(?:https?:\/\/|git@|git:|github\.com\/)\S+|^(?:kube )?play\b.*https?:/),
  buildah: takes(/^(?:bud|build)\b.*\s(?:https?:\/\/|git@|git:|github\.com\/)\S+/),
  'docker-compose': takes(/(?:-f|--file)[= ](?:https?:|git@|oci:)/),
  mix: takes(/^(?:archive|escript)\.install\s+(?:git|github|https?:|\S*\/)/),
  dotnet: takes(
    /^(?:new install|new -i|workload install)\b.*(?:https?:|\/tmp\/)|--add-source\s+https?:\/\/(?!api\.nuget\.org)/,
  ),
  cookiecutter: takes(named(String.raw`(?:^|\s)`)),
  copier: takes(named(String.raw`^(?:copy|update|recopy)?\b.*(?:^|\s)`)),
  cruft: takes(named('.*')),
  degit: takes(/\S+\/\S+/, 'takes a project of others'),
  'pre-commit': takes(/^try-repo\b/),
  'ansible-pull': takes(/(?:^|\s)(?:-U|--url)[= ]?\S/),
  'chef-solo': takes(/(?:-r|--recipe-url)[= ]/),
  'chef-client': takes(/(?:--recipe-url)[= ]/),
  gem: takes(/^specific_install\b|^(?:install|i)\b.*\s(?:\/tmp\/|https?:)|^sources?\b.*(?:-a|--add)\s/),
  composer: takes(/^(?:global\s+)?config\b.*\brepositor/),
  conda: takes(
    /^config\b.*--(?:add|prepend|append)\s+channels\s+(?!conda-forge|defaults|bioconda|pytorch|nvidia)\S/,
  ),
  sdk: takes(/^install\s+\S+\s+\S+\s+\/tmp\/|^install\s+\S+\s+\/tmp\//),
  vcpkg: takes(/--(?:x-add-)?overlay-(?:ports|triplets)[= ](?:\/tmp|https?:)/),
  conan: takes(/^remote\s+add\b/),
  dpkg: takes(/(?:^|\s)(?:-i|--install|--unpack)\s/, 'installs a package of its own on the machine'),
  rpm: takes(
    /(?:^|\s)(?:-[a-zA-Z]*[iUF][a-zA-Z]*|--install|--upgrade)\s|(?:-E|--eval)[= ].*%(?:\(|\{lua)/,
    'installs a package of its own on the machine, or runs a macro',
  ),
  rpmquery: takes(/--eval[= ].*%(?:\(|\{lua)/, 'runs a macro'),
  rpmdb: takes(/--eval[= ].*%(?:\(|\{lua)/, 'runs a macro'),
  rpmverify: takes(/--eval[= ].*%(?:\(|\{lua)/, 'runs a macro'),
  pacman: takes(/^-U\b/, 'installs a package of its own on the machine'),
  installer: takes(/-pkg\b/, 'installs a package of its own on the machine'),
  snap: takes(/--(?:dangerous|devmode|classic)\b/, 'installs a package without a check'),
  flatpak: takes(/^remote-add\b|--from\b|\.flatpakref\b/),
  helm: takes(/^(?:plugin\s+install|plugin\s+add)\b|^(?:install|upgrade|template|pull)\b.*\shttps?:\/\//),
  gh: takes(/^extension\s+(?:install|exec|upgrade)\b/),
  git: takes(/^submodule\s+add\b.*(?:&&|;)|^(?:-\S+\s+\S+\s+)*(?:clone|fetch|pull|submodule add)\b.*\bext::/),
  corepack: takes(/\bhttps?:\/\//),
  swift: takes(
    /^package\s+add-dependency\b.*https?:\/\/(?!github\.com\/(?:apple|swiftlang|vapor|pointfreeco)\/)/,
  ),
  jupyter: takes(
    /^(?:labextension|serverextension|nbextension)\s+install\b|--execute\b.*(?<!--output(?:-dir)?)\s\/tmp\/\S+\.ipynb/,
  ),
  papermill: takes(/^\S*(?:\/tmp\/|https?:|s3:|gs:)/),
  vagrant: takes(/^(?:box\s+add|init)\b.*https?:|^plugin\s+install\b/),
  packer: takes(/^plugins\s+install\b/),
  puppet: takes(/^(?:apply|module install)\b.*(?:\/tmp\/|-e\b|https?:)/),
  yo: takes(/^\S/, 'runs a generator of others'),
  luarocks: takes(/^install\b.*https?:/),
  nimble: takes(/^install\b.*https?:/),
  opam: takes(/^(?:pin|repo(?:sitory)?)\s+add\b.*(?:https?:|git)/),
  cpanm: takes(/\b(?:https?|git):|\.git\b/),
  pluginkit: takes(/-a\b/),
  wine: takes(/\.exe|\.msi/i, 'runs a program for another system'),
  mono: takes(/\/tmp\//),
  firefox: takes(/\.xpi\b|--remote-debugging-port|--marionette/),
  'google-chrome': takes(/--load-extension|--remote-debugging|--disable-web-security|--no-sandbox.*https?:/),
  chromium: takes(/--load-extension|--remote-debugging|--disable-web-security/),
  'chromium-browser': takes(/--load-extension|--remote-debugging|--disable-web-security/),
};
