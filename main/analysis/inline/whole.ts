/** What only all of a program together tells: where it writes what it goes through, what it asks of a service. */
import { locusOf } from '../place.ts';
import { lossOf } from '../programs/sql.ts';
import type { Call } from '../shell/call.ts';
import { argumentsAt, type CodeText } from './code-text.ts';
import { emptied } from './emptied.ts';

/** A home folder that the program finds out by itself. */
const HOME = /\b(?:Path\s*\.\s*home|expanduser|homedir|Dir\s*\.\s*home|user_home_dir)\b/;
/** It goes through whatever is there. */
const WALKS =
  /\b(?:os\s*\.\s*(?:walk|listdir|scandir)|glob|iglob|rglob|iterdir|readdir\w*|Dir\s*\.\s*(?:glob|each_child|children))\b/;
const ENCRYPTS =
  /\b(?:Fernet|AES|ChaCha20\w*|createCipheriv|pyAesCrypt|SecretBox|OpenSSL::Cipher|openssl_encrypt)\b/;
const ASKS_DATABASE = /\.\s*(?:execute\w*|executescript|query|raw|\$executeRaw\w*|exec_driver_sql)\s*\(/;
/** Libraries by which programs work in clouds, clusters, registries and shops. */
const SERVICES =
  /\b(?:boto3|botocore|google\s*\.\s*cloud|googleapiclient|azure\s*\.\s*\w+|kubernetes|docker|openstack|digitalocean|hcloud|stripe|PyGithub|github|gitlab|hvac|consul|heroku3|linode_api4|aws_sdk|fog)\b|@aws-sdk|@google-cloud|@azure|@kubernetes|@octokit/;
const WAITS =
  /\bcreateServer\s*\(|\.\s*(?:listen|accept)\s*\(|\b(?:TCPServer|UNIXServer)\b|\bcreateConnection\s*\(|\bnet\s*\.\s*connect\s*\(|\bTCPSocket\b/;
const SHELL = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k|a)?sh$|^(?:cmd|powershell|pwsh)(?:\.exe)?$/;
const STARTS = /\b(?:spawn|spawnSync|exec\w*|Popen|run|call|system|popen\d?)\s*\(/;

/** @param by for example `python -c` */
export function wholeProgram(text: CodeText, by: string, call: Call): void {
  const { deed } = call;
  const { code, strings } = text;
  const isVague = writesVaguely(text);
  if (isVague && (HOME.test(code) || strings.some((one) => isOutside(one.text, call))))
    deed.concern('outside_write', `${by} writes files whose names it makes, outside of the project`);
  if (isVague && ENCRYPTS.test(code) && WALKS.test(code)) deed.concern('destroys', `${by} encrypts files`);
  if (ASKS_DATABASE.test(code) && !strings.some((one) => one.text === ':memory:'))
    for (const one of strings) {
      const loss = /drop|truncate|delete|update|alter|revoke/i.test(one.text) ? lossOf(one.text) : null;
      if (loss !== null) deed.concern('destroys', `${by} ${loss}`);
    }
  emptied(text, by, call);
  if (WAITS.test(code) && STARTS.test(code) && strings.some((one) => SHELL.test(one.text)))
    deed.concern('remote_shell', `${by} gives a shell to a connection`);
  if (SERVICES.test(code) || strings.some((one) => SERVICES.test(one.text))) asks(code, by, call);
}

/** Verbs of such libraries. */
function asks(code: string, by: string, call: Call): void {
  if (
    /\b(?:get_credentials|get_secret_value|get_parameters?|read_secret\w*|access_secret_version|secret_key|get_frozen_credentials)\b/.test(
      code,
    )
  )
    call.deed.concern('secret', `${by} asks a service for secrets`);
  if (
    /\.\s*(?:delete|terminate|destroy|remove|purge|stop|drop|detach|revoke)(?:_\w+|[A-Z]\w*)?\s*\(|\bnew\s+(?:Delete|Terminate)\w+Command\b/.test(
      code,
    )
  )
    call.deed.concern('destroys', `${by} takes something away from a service`);
  else if (
    /\.\s*(?:put|create|attach|update|upload|run|start|publish|send|invoke)(?:_\w+|[A-Z]\w*)?\s*\(|\bnew\s+(?:Put|Create|Attach|Update|Run)\w+Command\b/.test(
      code,
    )
  )
    call.deed.concern('service', `${by} changes something of a service`);
  if (/\bprivileged\b/.test(code)) call.deed.concern('privilege', `${by} starts a container with all rights`);
}

const MOST_OPENED = 60;

/** A file is written whose name the program puts together. */
function writesVaguely(text: CodeText): boolean {
  let count = 0;
  for (const found of text.code.matchAll(/(?<![.\w])open\s*\(/g)) {
    count += 1;
    // More than are looked at may be any.
    if (count > MOST_OPENED) return true;
    const given = argumentsAt(text, found.index + found[0].length - 1);
    if (!given.isLiteral && given.strings.some((mode) => /^[rbt]*[wax][bt+]*$|^r\+b?$/.test(mode)))
      return true;
  }
  return /\.\s*write_(?:text|bytes)\s*\(|\b(?:writeFile\w*|appendFile\w*|createWriteStream|file_put_contents)\s*\(\s*[a-z_$]|\bFile\s*\.\s*write\s*\(?\s*[a-z_]/i.test(
    text.code,
  );
}

function isOutside(text: string, call: Call): boolean {
  if (!/^(?:\/[a-z]|~)/i.test(text) || /\s/.test(text)) return false;
  const at = locusOf(call.deed.path(text.startsWith('~') ? `\ue007${text.slice(1)}` : text), call.place);
  return at === 'home' || (at === 'system' && /^\/(?:etc|usr|boot|var|root|bin|sbin|lib)/.test(text));
}
