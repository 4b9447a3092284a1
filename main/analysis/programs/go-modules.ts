/** Where `go` takes modules from. */
import type { Call } from '../shell/call.ts';
import { plain, TAINT } from '../shell/text.ts';
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
  for (const { text } of call.args.slice(1)) {
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
