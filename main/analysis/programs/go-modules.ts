/** Where `go` takes modules from. */
import type { Call } from '../shell/call.ts';
import { plain, TAINT } from '../shell/text.ts';
import { GO_TOOLS } from '../tables/go-tools.ts';
import { imitated } from './imitations.ts';

/** Hosts where anybody may put a module. */
const ANYBODY = /(?:^|\.)(?:github\.com|gitlab\.com|bitbucket\.org|gopkg\.in|sr\.ht|codeberg\.org)$/;
/** Hosts whose modules one project keeps. */
const KEPT =
  /(?:^|\.)(?:golang\.org|google\.golang\.org|k8s\.io|uber\.org|honnef\.co|mvdan\.cc|dario\.cat|gotest\.tools|modernc\.org|opentelemetry\.io|mongodb\.org|etcd\.io|cloud\.google\.com|temporal\.io|entgo\.io|gorm\.io|gioui\.org|charm\.land|connectrpc\.com|cel\.dev)$/;

/**
 * Modules are fetched from the host that their name begins with.
 *
 * @param runs they are run at once, before anybody has seen them
 */
export function goModules(call: Call, runs = false): void {
  const tool = runs ? knownTool(call) : -1;
  for (const [index, { text }] of call.args.entries()) {
    if (index === 0 || index === tool) continue;
    const host = /^([\w-]+(?:\.[\w-]+)+)\//.exec(plain(text))?.[1];
    if (host === undefined || KEPT.test(host)) continue;
    if (imitated('go', plain(text)) !== null)
      call.deed.concern('outside_code', `takes ${plain(text)}, which was published with harm in it`);
    const name = /([^/@]+)(?:\/v\d+)?(?:@.*)?$/.exec(plain(text))?.[1];
    if (call.args[0]?.text === 'install' && name !== undefined)
      call.files.put(call.deed.path(`\ue007/go/bin/${name}`), { text: null, taint: TAINT.remote }, false);
    if (!ANYBODY.test(host)) call.deed.concern('outside_code', `takes code from ${host}`);
    else if (runs && text.includes('@'))
      call.deed.concern('outside_code', `runs code from ${host} that it fetches`);
  }
}

/**
 * A version of a well-known program, as `npx` runs one: the sums of its modules are kept in public. It is judged as
 * the program.
 *
 * @returns where it stands among the words; -1 when it is none
 */
function knownTool(call: Call): number {
  const at = call.args.findIndex(({ text }, index) => index > 0 && !PLAIN_FLAGS.test(text));
  const module = call.args[at];
  const path = /^([\w./-]+)@v\d+\.\d+\.\d+$/.exec(module?.text ?? '')?.[1];
  if (call.args[0]?.text !== 'run' || module === undefined || path === undefined || !GO_TOOLS.has(path))
    return -1;
  const rest = call.args.slice(at + 1);
  // A few run what they are told to.
  if (rest.some(({ text }) => TOLD_TO_RUN.test(text))) return -1;
  const name =
    path
      .replace(/\/v\d+$/, '')
      .split('/')
      .at(-1) ?? '';
  call.run([{ ...module, text: name }, ...rest], 'go run');
  return at;
}

const PLAIN_FLAGS = /^-(?:mod=(?:mod|readonly)|race|v|x|trimpath)$/;
const TOLD_TO_RUN = /^--?[\w.-]*(?:cmd|exec|command|plugin|tool|bin|hook)/i;
