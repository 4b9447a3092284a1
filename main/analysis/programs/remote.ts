/** `ssh`, `scp`, `rsync` and their kin: what runs and what goes elsewhere. */
import type { Program } from '../shell/call.ts';
import { parseOptions } from '../shell/options.ts';
import { HOLE, plain, shown, TAINT, UNKNOWN, type Word } from '../shell/text.ts';
import { deletesThere } from './network.ts';

const COMMAND_OPTION =
  /^\s*(?:ProxyCommand|LocalCommand|KnownHostsCommand|PermitLocalCommand|RemoteCommand|ProxyUseFdpass|XAuthLocation|PKCS11Provider|SecurityKeyProvider|Include)\s*[= ]\s*([\s\S]+)$/i;

function options(call: Parameters<Program>[0], values: readonly Word[]): void {
  for (const one of values) {
    const command = COMMAND_OPTION.exec(plain(one.text))?.[1];
    if (command !== undefined && !/^(?:none|no)$/i.test(command)) {
      if (!/^yes$/i.test(command)) call.script({ text: command, taint: one.taint, by: call.name });
      call.deed.opaque(`${call.name} is told to run a command of its own`);
    }
    if (
      /StrictHostKeyChecking\s*[= ]\s*(?:no|off|accept-new)|UserKnownHostsFile\s*[= ]\s*\/dev\/null/i.test(
        one.text,
      )
    )
      call.deed.concern('tampering', 'does not check who answers');
  }
}

const ssh: Program = (call) => {
  const given = parseOptions(call.args, { stops: true, values: 'bcDEeFIiJLlmOopQRSWw' });
  if (given.has('V', 'Q')) return UNKNOWN;
  options(call, given.values('o'));
  for (const one of given.values('F')) call.deed.runsFile(one.text, 'ssh');
  const [host, ...words] = given.operands;
  if (host === undefined) return UNKNOWN;
  if (host.text.startsWith('-')) call.deed.opaque('a host that is an option');
  call.deed.network(host.text, call.stdin.text === '' ? 'connect' : 'send', {
    taint: call.stdin.taint | host.taint,
  });
  if (given.has('R', 'D', 'w'))
    call.deed.concern('remote_shell', 'opens a way into this network from outside');
  else if (given.has('L')) call.deed.concern('sends', 'opens a tunnel');
  // A forge answers with a greeting, whatever is asked.
  if (
    words.length === 0 &&
    given.names.every((name) => /^[Tvqno]$/.test(name)) &&
    given.has('T') &&
    /^git@(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)$/.test(host.text)
  )
    return UNKNOWN;
  call.deed.concern('service', `works on ${shown(host.text)}`);
  if (words.length > 0) {
    const taint = words.reduce((sum, one) => sum | one.taint, TAINT.none);
    call.script({
      text: words.map(({ text }) => plain(text)).join(' '),
      taint,
      by: `ssh ${shown(host.text)}`,
      remote: true,
      stdin: call.stdin,
    });
  } else if (call.stdin.text !== '')
    call.script({
      text: call.stdin.text,
      taint: call.stdin.taint,
      by: `ssh ${shown(host.text)}`,
      remote: true,
    });
  return { text: null, taint: TAINT.remote };
};

const REMOTE = /^(?:[\w.-]+@)?[\w.-]+:(?!\/\/)|^(?:rsync|sftp|scp):\/\//;

const scp: Program = (call) => {
  const given = parseOptions(call.args, { values: 'cDFiJloPSX' });
  options(call, given.values('o'));
  for (const one of given.values('S'))
    call.script({ text: plain(one.text), taint: one.taint, by: call.name });
  copies(call, given.operands, false);
  return UNKNOWN;
};

/** The last operand is where the others go. */
function copies(call: Parameters<Program>[0], operands: readonly Word[], quiet: boolean): void {
  const target = operands.at(-1);
  const sources = operands.slice(0, -1);
  if (target === undefined) return;
  const away = REMOTE.test(target.text);
  let taint: number = TAINT.none;
  for (const one of sources) {
    if (REMOTE.test(one.text))
      call.deed.network(one.text.replace(/^[^@]*@/, '').replace(/:.*$/s, ''), 'fetch');
    else taint |= call.deed.reads(one.text).taint;
  }
  if (away) {
    call.deed.network(target.text.replace(/^[^@/]*@/, '').replace(/:.*$/s, ''), 'send', { taint });
    call.deed.concern('sends', `copies files to ${shown(target.text)}`);
  } else if (quiet) {
    const fetched = sources.some(({ text }) => REMOTE.test(text)) ? TAINT.remote : TAINT.none;
    call.deed.writes(target.text, { content: { text: null, taint: taint | fetched } });
  } else {
    const content = { text: null, taint: TAINT.remote };
    call.deed.writes(target.text, { content });
    // Into a folder a file keeps its name.
    for (const one of sources)
      if (REMOTE.test(one.text))
        call.deed.writes(`${target.text}/${one.text.split(/[:/]/).at(-1) ?? ''}`, { content });
  }
}

const rsync: Program = (call) => {
  const given = parseOptions(call.args, {
    values: 'eBfTM',
    long: [
      'rsh',
      'rsync-path',
      'exclude',
      'include',
      'filter',
      'files-from',
      'exclude-from',
      'include-from',
      'backup-dir',
      'suffix',
      'temp-dir',
      'partial-dir',
      'bwlimit',
      'port',
      'log-file',
      'out-format',
      'chmod',
      'chown',
      'compare-dest',
      'copy-dest',
      'link-dest',
      'timeout',
      'password-file',
      'remote-option',
      'early-input',
      'info',
      'debug',
      'max-size',
      'min-size',
    ],
  });
  if (given.has('version', 'help')) return UNKNOWN;
  for (const one of given.values('e', 'rsh', 'rsync-path')) {
    const text = plain(one.text);
    if (
      /^ssh(?:\s+(?:-[46AaCqTtvx]+|-[pilF]\s*\S+|-o\s*(?!\S*Command)\S+))*$/.test(text) ||
      /^(?:sudo )?rsync$/.test(text)
    )
      continue;
    call.script({ text, taint: one.taint, by: 'rsync' });
    call.deed.opaque('rsync is told which program to run');
  }
  if (given.has('n', 'dry-run', 'list-only')) return UNKNOWN;
  const target = given.operands.at(-1);
  const isTemp = target !== undefined && /^\/(?:tmp|var\/tmp)\/./.test(call.deed.path(target.text));
  if (given.names.some((name) => /^del(?:ete)?(?:-|$)/.test(name)) && !isTemp)
    call.deed.concern('destroys', `deletes in ${shown(target?.text ?? '')} what the source does not have`);
  if (given.has('remove-source-files', 'remove-sent-files'))
    call.deed.concern('destroys', 'deletes the files that it copied');
  copies(call, given.operands, true);
  return UNKNOWN;
};

const sftp: Program = (call) => {
  const given = parseOptions(call.args, { values: 'BbcDFiJloPRSs' });
  options(call, given.values('o'));
  call.deed.network((given.operands[0]?.text ?? HOLE).replace(/^[^@]*@/, '').replace(/:.*$/s, ''), 'send', {
    taint: call.stdin.taint,
  });
  call.deed.concern('sends', 'moves files over sftp');
  const batch = given.values('b').find(({ text }) => text !== '-');
  const text = (batch === undefined ? call.stdin : call.deed.reads(batch.text)).text ?? '';
  if (deletesThere(text)) call.deed.concern('destroys', 'deletes on the other machine');
  for (const found of text.matchAll(/^\s*!(.+)$/gm))
    call.script({ text: found[1] ?? '', taint: call.stdin.taint, by: 'sftp' });
  return UNKNOWN;
};

const sshKeys: Program = (call) => {
  if (call.name === 'ssh-copy-id') {
    call.deed.concern('persistence', 'lets a key into another machine');
    return UNKNOWN;
  }
  const given = parseOptions(call.args, { values: 'bCfNtmPpOZDIwVEsiae' });
  if (call.name === 'ssh-add') {
    if (given.has('L', 'l')) return UNKNOWN;
    for (const one of given.operands) call.deed.reads(one.text);
    if (given.has('D', 'd')) call.deed.concern('service', 'takes keys out of the agent');
    return UNKNOWN;
  }
  for (const one of given.values('f'))
    if (given.has('y', 'p', 'e')) call.deed.reads(one.text);
    else if (!given.has('l', 'F')) call.deed.writes(one.text);
  return UNKNOWN;
};

const sshKeyscan: Program = (call) => {
  for (const one of parseOptions(call.args, { values: 'pTtf' }).operands)
    call.deed.network(one.text, 'connect');
  return { text: null, taint: TAINT.none };
};

export const remotePrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['ssh', ssh],
  ['autossh', ssh],
  ['mosh', ssh],
  ['rsh', ssh],
  [
    'sshpass',
    (call) => {
      const given = parseOptions(call.args, { stops: true, values: 'pfdP' });
      for (const one of given.values('f')) call.deed.reads(one.text);
      return call.run(given.operands, 'sshpass');
    },
  ],
  ['scp', scp],
  ['rcp', scp],
  ['rsync', rsync],
  ['sftp', sftp],
  ['ssh-copy-id', sshKeys],
  ['ssh-keygen', sshKeys],
  ['ssh-add', sshKeys],
  ['ssh-keyscan', sshKeyscan],
]);
