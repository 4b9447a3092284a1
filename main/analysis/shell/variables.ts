/** Variables that a command sets, and those that make other programs do something. */
import { hostOf } from '../hosts.ts';
import { absolutePath, locusOf, type Place } from '../place.ts';
import { isStrangeSource } from '../programs/sources.ts';
import {
  LOADING_KINDS,
  LOADING_VARIABLES,
  SERVICE_ADDRESSES,
  TRUST_VARIABLES,
} from '../tables/loading-variables.ts';
import type { Deed, ScriptInput } from './call.ts';
import type { Expander } from './expander.ts';
import type { Syntax } from './grammar.ts';
import type { ShellState, Value } from './state.ts';
import { HOLE, shown, TAINT, type Word } from './text.ts';

export interface Assignment extends Value {
  readonly name: string;
  readonly adds: boolean;
  readonly words: readonly Word[] | null;
}

interface Splitter extends Expander {
  words(nodes: readonly Syntax[]): readonly Word[];
}

/** What some assignments give to which names. */
export function valuesOf(nodes: readonly Syntax[], on: Splitter): readonly Assignment[] {
  return nodes.map((node) => {
    const target = node.children[0];
    const full = target === undefined ? '' : on.source.slice(target.start, target.end);
    const name = full.replace(/\[.*$/s, '');
    const adds = node.children.some(({ type }) => type === '+=');
    const value = node.children.slice(1).filter(({ type }) => type !== '=' && type !== '+=');
    const array = value.find(({ type }) => type === 'array');
    if (target !== undefined && target.type === 'subscript') on.visit(target);
    if (array !== undefined) {
      const words = array.children.filter(({ named }) => named).flatMap((child) => on.words([child]));
      const taint = words.reduce((sum, one) => sum | one.taint, TAINT.none);
      return { name, text: words[0]?.text ?? '', taint, adds, words };
    }
    const one = on.single(value);
    // `a=b{c}d`: what stands behind the tree's value belongs to it, or is not known.
    const isWhole = value.at(-1) === undefined || value.at(-1)?.end === node.end;
    return {
      name,
      text: full === name && isWhole ? one.text : HOLE,
      taint: one.taint,
      adds,
      words: null,
    };
  });
}

export function assign(one: Assignment, state: ShellState): void {
  if (one.words !== null && !one.adds) {
    state.set(one.name, one);
    state.arrays.set(one.name, one.words);
    return;
  }
  if (!one.adds) {
    state.set(one.name, { text: one.text, taint: one.taint });
    return;
  }
  const before = state.vars.get(one.name);
  const list = state.arrays.get(one.name);
  if (list !== undefined && one.words !== null) state.arrays.set(one.name, [...list, ...one.words]);
  else if (one.words === null)
    state.set(one.name, {
      text: (before?.text ?? HOLE) + one.text,
      taint: one.taint | (before?.taint ?? TAINT.none),
    });
  else state.forget(one.name);
}

/** A value that held for one command is gone after it. */
export function restore(name: string, before: ShellState, state: ShellState): void {
  const value = before.vars.get(name);
  if (!before.exported.has(name)) state.exported.delete(name);
  state.choose(name, value === undefined ? null : { ...value, words: before.arrays.get(name) ?? null });
  const options = before.options.get(name);
  if (options !== undefined) state.options.set(name, options);
}

/** Their value is a command. */
const COMMANDS =
  /^(?:GIT_(?:SSH_COMMAND|SSH|EDITOR|SEQUENCE_EDITOR|PAGER|EXTERNAL_DIFF|PROXY_COMMAND|ASKPASS)|GH_(?:PAGER|EDITOR|BROWSER)|PAGER|MANPAGER|EDITOR|VISUAL|FCEDIT|BROWSER|SSH_ASKPASS|SUDO_ASKPASS|PROMPT_COMMAND|LESSOPEN|LESSCLOSE|RSYNC_RSH|CVS_RSH|SVN_(?:SSH|EDITOR|MERGE)|HG(?:EDITOR|MERGE|SSH)|P4EDITOR|P4MERGE|P4DIFF|(?:PSQL|MYSQL|SQLITE|USQL)_(?:EDITOR|PAGER)|(?:SYSTEMD|AWS|BAT|DELTA|GLAMOUR|GLAB|KUBE|SUDO|CRONTAB|HUB|JJ|BORG|DPKG|APT|COLUMN)_(?:EDITOR|PAGER)|KUBECTL_EXTERNAL_DIFF|LESSEDIT|FZF_(?:DEFAULT|CTRL_T|ALT_C)_COMMAND|RESTIC_PASSWORD_COMMAND|BORG_(?:PASSCOMMAND|RSH)|RCLONE_PASSWORD_COMMAND|DUPLICITY_\w*COMMAND|SOPS_EDITOR|VISUAL_EDITOR|NULLCMD|READNULLCMD|TEXEDIT|METAFLOW_EDITOR|PDFVIEWER|WINDOWMANAGER|XINITRC|PS[0-4]|SHELL|MAKESHELL|npm_config_(?:script_shell|editor|git|node_gyp|viewer))$/i;
/** Pagers, editors and shells that nobody is surprised by. */
const USUAL =
  /^(?:\/usr\/bin\/|\/bin\/)?(?:cat|less|more|most|bat|delta|true|false|:|vim?|nvim|nano|emacs|code --wait|code|ed|micro|hx|ssh(?:\s+-(?:[46ACqTvx]|[ip]\s*[\w./~-]+|o\s*(?:BatchMode|ConnectTimeout|IdentitiesOnly|StrictHostKeyChecking|UserKnownHostsFile)=\S+))*|firefox|chromium|google-chrome|xdg-open|open|none|less -[A-Za-z]+|sed -i [\w\s/^$,.'-]+)?$/;
/** Builds run what they name, for each file that is compiled or for what was built. */
const BUILDERS =
  /^(?:RUSTC(?:_(?:WORKSPACE_)?WRAPPER)?|RUSTDOC|CARGO_(?:BUILD_RUSTC\w*|TARGET_\w+_(?:RUNNER|LINKER))|CMAKE_\w+_COMPILER_LAUNCHER|CC|CXX|LD|AR|CPP|GOFLAGS|CGO_(?:C|LD)FLAGS|MAKE|NPM_CONFIG_SHELL|PYTEST_ADDOPTS|MAVEN_OPTS|GRADLE_OPTS|MAVEN_ARGS|JDK_JAVA_OPTIONS|JVM_OPTS|SBT_OPTS|LEIN_JVM_OPTS|KAFKA_OPTS|CATALINA_OPTS|ANT_OPTS|ERL_FLAGS|ERL_[AZ]?FLAGS|ELIXIR_ERL_OPTIONS|CARGO_ENCODED_RUSTFLAGS|RUSTFLAGS|RUSTDOCFLAGS|CFLAGS|CXXFLAGS|LDFLAGS|NVCC_\w*FLAGS|PERL_MB_OPT|PYTHONWARNINGS|PHP_OPTIONS|BAZEL_OPTS|DOCKER_HOST|BUILDKIT_HOST|CONTAINER_HOST|PODMAN_HOST)$/;
/** Whether the value names a program of somebody's own, or another machine. */
const OWN_BUILDER =
  /(?:^|[\s=,])(?:\/(?:tmp|var\/tmp|dev\/shm|home)|~|\ue007)\/|(?:-(?:pa|s|f|B|I|L|fplugin=|Wl,-rpath,)\s*|=)\/(?:tmp|var\/tmp|dev\/shm)\/|-toolexec|-agent(?:path|lib):|-Xbootclasspath|\bantigravity\b|-javaagent|^(?:tcp|https?):\/\/(?!localhost|127\.)/;
/** Where package managers take packages from. */
const INDEXES =
  /^(?:GOPROXY|PIP_(?:EXTRA_)?INDEX_URL|PIP_FIND_LINKS|UV_(?:DEFAULT_|EXTRA_)?INDEX(?:_URL)?|npm_config_registry|YARN_(?:NPM_)?REGISTRY\w*|CARGO_REGISTRIES_\w+|RUSTUP_DIST_SERVER|GEM_SOURCE|HOMEBREW_\w*(?:DOMAIN|REMOTE)|NUGET_\w*SOURCE\w*|HF_ENDPOINT|CONDA_CHANNEL\w*|PLAYWRIGHT_DOWNLOAD_HOST)$/i;
/** They load code into every program. */
const LOADERS =
  /^(?:LD_PRELOAD|LD_AUDIT|DYLD_INSERT_LIBRARIES|DYLD_LIBRARY_PATH|BASH_ENV|ENV|ZDOTDIR|PYTHONSTARTUP|PYTHONHOME|PERL5OPT|PERL5DB|RUBYOPT|GCONV_PATH|OPENSSL_CONF|LUA_INIT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|GIT_EXEC_PATH|GIT_TEMPLATE_DIR|GIT_CONFIG(?:_GLOBAL|_SYSTEM|_COUNT|_PARAMETERS|_KEY_\d+|_VALUE_\d+)?)$/;
/** Options, or commands in a program's own language, that a program takes from a variable. */
const OPTIONS_THAT_RUN =
  /^(?:TAR_OPTIONS=.*(?:--checkpoint-action|--to-command|-I|--use-compress-program|--rsh-command|-F)|ZIPOPT=.*-T|UNZIP=.*-T|MAKEFLAGS=.*(?:--eval|-f|-C|-I)|G?MAKEFLAGS=.*--eval|(?:VIMINIT|EXINIT|GVIMINIT|NVIM_\w*INIT)=.*(?:!|\b(?:so|source|call|py3?|lua|system|au|autocmd|exe|execute)\b)|FZF_DEFAULT_OPTS=.*(?:--preview|--bind|execute|become)|LESS=.*\+|MORE=.*\+|RIPGREP_\w*=.*--pre|GREP_OPTIONS=.*-f|XARGS_\w*=|SSH_ASKPASS_REQUIRE=force|PYTEST_ADDOPTS=.*(?:-p\s|--rootdir|-c\s|--confcutdir)|RUBYOPT=.*-r|NODE_REPL_EXTERNAL_MODULE=.+|YARN_\w*PLUGINS\w*=.*(?:https?:|\/tmp))/;
const PROXIES = /^(?:https?|all|ftp)_proxy$/i;
const AGENT_BASES =
  /^(?:ANTHROPIC|OPENAI|GEMINI|GOOGLE_GEMINI|CLAUDE|CODEX|AZURE_OPENAI)_(?:API_)?(?:BASE_URL|BASE|ENDPOINT|CONFIG_DIR|HOME)$/;
const UNCHECKED =
  /^(?:NODE_TLS_REJECT_UNAUTHORIZED=0|GIT_SSL_NO_VERIFY=(?:1|true)|PYTHONHTTPSVERIFY=0|npm_config_strict_ssl=false|HISTFILE=(?:\/dev\/null)?|HISTSIZE=0|HISTFILESIZE=0|SSLKEYLOGFILE=.+|GOSUMDB=off|GO(?:INSECURE|NOSUMCHECK|NOSUMDB)=.+|GOFLAGS=.*-insecure.*|(?:PIP_TRUSTED_HOST|UV_INSECURE_HOST|UV_ALLOW_INSECURE_HOST)=.+|GIT_TRACE_REDACT=(?:0|false)|GIT_ALLOW_PROTOCOL=.*\bext\b.*|DOTNET_NUGET_SIGNATURE_VERIFICATION=false|HOMEBREW_NO_VERIFY\w*=1|CURL_INSECURE=1|AWS_VERIFY_SSL=false|CARGO_HTTP_CHECK_REVOKE=false|YARN_(?:ENABLE_STRICT_SSL|STRICT_SSL)=false|YARN_CHECKSUM_BEHAVIOR=ignore|HEX_UNSAFE_HTTPS=1|BUNDLE_SSL_VERIFY_MODE=0|COMPOSER_DISABLE_TLS=1|DOCKER_TLS_VERIFY=|ELECTRON_RUN_AS_NODE=1|PYTHON(?:BREAKPOINT|INSPECT)=[^0].*)$/i;

/** What it means that a variable is set; the script that its value is, where it is one. */
export function noteVariable(one: Assignment, deed: Deed, place: Place): ScriptInput | null {
  const { name, text } = one;
  if (UNCHECKED.test(`${name}=${text}`)) deed.concern('tampering', `sets ${name}`);
  if (AGENT_BASES.test(name)) deed.concern('agent_config', `sets ${name}`);
  if (PROXIES.test(name) && !/^(?:|https?:\/\/(?:localhost|127\.)[^@]*)$/.test(text))
    deed.concern('sends', `sends what follows through ${shown(text)}`);
  if (
    name === 'NODE_OPTIONS' &&
    /(?:^|\s)(?:-r|--require|--import|--loader|--experimental-loader)\b/.test(text)
  )
    deed.concern('outside_code', `loads code into Node through ${name}`);
  if (OPTIONS_THAT_RUN.test(`${name}=${text}`))
    deed.concern('outside_code', `has another program run a command through ${name}`);
  if (LOADERS.test(name) && text !== '' && text !== '/dev/null')
    deed.concern('outside_code', `loads code or settings into other programs through ${name}`);
  if (BUILDERS.test(name) && OWN_BUILDER.test(text))
    deed.concern('outside_code', `has builds run ${shown(text)} through ${name}`);
  if (
    INDEXES.test(name) &&
    text.split(/[\s,|]+/).some((one) => /^https?:\/\//.test(one) && isStrangeSource(one))
  )
    deed.concern('outside_code', `takes packages from ${shown(text)} through ${name}`);
  noteElsewhere(one, deed);
  if (name === 'PATH') notePath(text, deed, place);
  if (BUILDERS.test(name) && /^(?:\/bin\/)?(?:ba|z|da)?sh\s+-|[|;&`]|\$\(/.test(text))
    return { text, taint: one.taint, by: name };
  if (!COMMANDS.test(name) || text === '' || text === HOLE) return null;
  if (!/^(?:SHELL|PS[0-4])$/.test(name) && !USUAL.test(text))
    deed.concern('outside_code', `has other programs run ${shown(text)} through ${name}`);
  if (/^(?:SHELL|PS[0-4])$/.test(name) && !text.includes('$(') && !text.includes('`')) return null;
  return { text, taint: one.taint, by: name };
}

/** Settings, code, authorities and services that are taken from where anybody may have put them. */
function noteElsewhere({ name, text }: Assignment, deed: Deed): void {
  const upper = name.toUpperCase();
  const isStrange = () =>
    text.split(/[:;,=\s]+/).some((part) => /^[/\ue007]/.test(part) && deed.isStrangers(part));
  if ((LOADING_VARIABLES.has(upper) || LOADING_KINDS.test(upper)) && isStrange())
    deed.concern('outside_code', `has programs take settings or code from ${shown(text)} through ${name}`);
  if (TRUST_VARIABLES.test(name) && isStrange())
    deed.concern('tampering', `has programs believe whom ${shown(text)} names through ${name}`);
  if (
    SERVICE_ADDRESSES.test(name) &&
    text.split(/[\s,]+/).some((part) => /^(?:https?:\/\/|[\w-]+(?:\.[\w-]+)+$)/.test(part) && isFarOff(part))
  )
    deed.concern('sends', `has a client sign in at ${shown(text)} through ${name}`);
}

function isFarOff(address: string): boolean {
  const { class: kind } = hostOf(address);
  return kind === 'public' && isStrangeSource(/^https?:/.test(address) ? address : `https://${address}`);
}

function notePath(text: string, deed: Deed, place: Place): void {
  for (const part of text.split(':')) {
    if (part === HOLE) return;
    const at = locusOf(absolutePath(part === '' ? '.' : part, place.cwd, place), place);
    if (at === 'temp' || at === 'device')
      deed.concern('outside_code', `takes programs from ${shown(part)} first`);
  }
}
