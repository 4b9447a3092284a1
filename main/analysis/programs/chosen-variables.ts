/** `env | grep PATH`: which variables a search lets through. */
import type { Call } from '../shell/call.ts';

/** Texts that stand in names of no variable that holds a secret, whatever stands round them. */
const PLAIN_PARTS =
  /^(?:path|shell|lang|language|lc_\w+|display|tmpdir|node_env|node_version|node_path|node_options|nvm\w*|java_home|jdk_home|maven_home|gradle_home|gopath|goroot|goproxy|gobin|goos|goarch|cargo_home|rustup\w*|virtual_env|conda\w*|pyenv\w*|pythonpath|pythonhome|gem_home|gem_path|cuda\w*|ld_library_path|dyld\w*|xdg\w*|wayland\w*|android_home|android_sdk_root|flask_app|flask_env|rails_env|django_settings_module)$/i;
/** Whole names, where nothing may stand before or behind them. */
const PLAIN_NAMES = /^(?:home|pwd|oldpwd|user|logname|term|tz|ci|port|host|hostname|debug|editor|node)$/i;

/**
 * Whether what all variables are printed into is a search that only plain ones come through.
 *
 * @param call the program that prints them
 */
export function choosesPlainVariables(call: Call): boolean {
  const { reader, functions, aliases } = call.state;
  const isOwn = ['grep', 'egrep', 'rg'].some((name) => functions.has(name) || aliases.has(name));
  if (isOwn) return false;
  // A number, or only an exit code.
  if (/^(?:grep|egrep|rg)\s+-[a-zA-Z]*[cq][a-zA-Z]*\s[^|;&$`<>()]*$/.test(reader ?? '')) return true;
  const found = /^(?:grep|egrep|rg)((?:\s+-[iEwnoF]+)*)\s+(?:'([\w^=|]+)'|"([\w^=|]+)"|([\w^=]+))\s*$/.exec(
    reader ?? '',
  );
  if (found === null) return false;
  const pattern = found[2] ?? found[3] ?? found[4] ?? '';
  return pattern.split('|').every((part) => {
    const name = part.replace(/^\^/, '').replace(/=$/, '');
    return PLAIN_PARTS.test(name) || (/^\^.*=$/.test(part) && PLAIN_NAMES.test(name));
  });
}
