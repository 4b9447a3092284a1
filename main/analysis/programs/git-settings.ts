/** Settings of git that make it run something. */
import type { Call } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { plain, shown, TAINT, type Word } from '../shell/text.ts';

/** Settings whose value is a command, or that load other settings. */
const COMMAND_SETTINGS =
  /^(?:alias\..+|core\.(?:pager|editor|sshcommand|fsmonitor|askpass|gitproxy|hookspath|attributesfile|alternaterefscommand)|sequence\.editor|pager\..+|diff\.(?:external|.+\.(?:command|textconv))|merge\..+\.driver|mergetool\..+\.(?:cmd|path)|difftool\..+\.(?:cmd|path)|filter\..+\.(?:clean|smudge|process)|credential\.(?:helper|.+\.helper)|gpg\.(?:program|.+\.program)|ssh\.variant|interactive\.difffilter|remote\..+\.(?:uploadpack|receivepack|proxy|vcs|url|pushurl)|remote\.pushdefault|uploadpack\.packobjectshook|receive\..+|init\.templatedir|include(?:if\..+)?\.path|url\..+\.(?:insteadof|pushinsteadof)|http\.proxy|http\.(?:.+\.)?extraheader|protocol\..+|submodule\..+\.update|web\.browser|browser\..+\.(?:cmd|path)|man\..+\.cmd|sendemail\..+|trailer\..+\.command|blame\.ignorerevsfile|gc\..*command|bisect\.run|trace2\..+)$/i;

/** Notes a setting, `name=value`. */
export function setting(call: Call, text: string, taint: number): void {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? '' : text.slice(equals + 1);
  if (!COMMAND_SETTINGS.test(name)) {
    if (/sslverify/i.test(name) && /false|0/i.test(value))
      call.deed.concern('tampering', 'switches the check of certificates off');
    return;
  }
  if (
    /^(?:cat|less|more|true|:|vim?|nano|code --wait|)$/.test(value) ||
    (/^credential\.helper$/i.test(name) && /^(?:|cache.*|store|osxkeychain|manager)$/.test(value))
  )
    return;
  if (/^(?:alias\.)/i.test(name)) {
    if (value.startsWith('!')) call.script({ text: value.slice(1), taint, by: 'git' });
    else call.run([...split('git'), ...split(value)], 'git');
    return;
  }
  if (
    /hookspath|fsmonitor|include|templatedir|attributesfile|insteadof|proxy$|extraheader|^protocol/i.test(
      name,
    )
  ) {
    if (/^(?:false|true|\/dev\/null)$/.test(value)) {
      if (/hookspath/i.test(name)) call.deed.concern('tampering', 'switches the hooks of git off');
      return;
    }
    call.deed.opaque(`git is given the setting ${name}`);
    return;
  }
  call.script({ text: value, taint, by: 'git' });
  call.deed.opaque(`git is given the command ${name}`);
}

function split(text: string): readonly Word[] {
  return text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => ({ text: part, taint: TAINT.none, quoted: false, stream: null }));
}

/** Who commits, how it looks, what is done by default: none of them runs, fetches or trusts anything new. */
const HARMLESS_SETTINGS =
  /^(?:user\.(?:name|email)|init\.defaultbranch|color\..+|advice\..+|column\..+|core\.(?:autocrlf|eol|quotepath|longpaths|abbrev)|pull\.(?:rebase|ff)|push\.(?:default|autosetupremote)|fetch\.prune|rebase\.(?:autostash|autosquash)|merge\.conflictstyle|diff\.(?:algorithm|colormoved)|log\.date|rerere\.enabled|safe\.directory)$/i;

/** `git config`. */
export function config(call: Call, args: readonly Word[]): undefined {
  if (
    /token|extraheader|passw|auth|secret|credential/i.test(call.state.reader ?? '') &&
    args.some(({ text }) => /^(?:-l|--list|list)$/.test(text))
  )
    call.deed.concern('secret', 'looks for secrets in the settings of git');
  const given = parseOptions(args, { values: 'f', long: ['file', 'blob', 'type', 'default', 'comment'] });
  const rest = given.operands.filter(
    ({ text }, index) => index > 0 || !/^(?:set|get|list|unset|edit|add)$/.test(text),
  );
  const [name, value] = rest;
  if (
    given.has('get', 'get-all', 'list', 'l', 'get-regexp') ||
    given.operands[0]?.text === 'get' ||
    given.operands[0]?.text === 'list'
  )
    return;
  if (given.has('unset', 'unset-all', 'remove-section') || value === undefined || name === undefined) return;
  if (/^core\.worktree$/i.test(name.text))
    call.deed.concern('persistence', `makes git work on the files of ${shown(value.text)}`);
  if (COMMAND_SETTINGS.test(name.text)) {
    setting(call, `${name.text}=${plain(value.text)}`, value.taint);
    if (/^alias\./i.test(name.text) && !value.text.startsWith('!')) return;
    call.deed.concern('persistence', `sets ${shown(name.text)} of git to a command or an address`);
  } else if (given.has('global', 'system') && !HARMLESS_SETTINGS.test(name.text))
    call.deed.concern('persistence', `changes the settings of git for everything: ${shown(name.text)}`);
}
