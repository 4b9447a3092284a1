/**
 * Signs in program text, whatever its language, that only code has which is meant to harm: one thing alone is
 * ordinary (a request, a file that is read, text that is decoded), together they are not.
 */

import { DROP_NAMES } from '../hosts.ts';
import { isStrangeSource } from '../programs/sources.ts';
import type { ConcernCode } from '../result.ts';
import { withoutLongBlanks } from './long-blanks.ts';
import {
  LOOKS_UP_VARIABLES,
  SCHEDULES,
  SENDS_BY_NAME,
  SENDS_OWN_FILE,
  SENDS_VARIABLES,
  SENDS_VISITOR,
} from './sent-away.ts';

export interface CodeSign {
  readonly code: ConcernCode;
  /** Behind the name of the file: `has x.py …`. */
  readonly says: string;
  /** All of them stand in the text. */
  readonly all: readonly { test(text: string): boolean }[];
  readonly named?: Named;
}

const NETWORK =
  /\b(?:requests|httpx|session)\s*\.\s*(?:post|put|get|request|patch)\s*\(|\burlopen\s*\(|\burllib3?\b|\bhttp\.client\b|\bHTTPS?Connection\b|\bsocket\s*\.\s*(?:socket|create_connection|gethostbyname|getaddrinfo)\b|\b(?:smtplib|ftplib|aiohttp|telnetlib)\b|\bfetch\s*\(|\baxios\b|\bXMLHttpRequest\b|\bsendBeacon\s*\(|\bhttps?\s*\.\s*(?:request|get)\s*\(|\bdns\s*\.\s*(?:lookup|resolve)\w*\s*\(|\bnet\s*\.\s*(?:connect|createConnection|Socket)\b|\bnew\s+WebSocket\b|\bNet::(?:HTTP|SMTP|FTP)\b|\b(?:TCP|UDP)Socket\b|\b(?:HTTParty|Faraday|RestClient)\b|\bcurl_(?:init|exec)\s*\(|\bfsockopen\s*\(|\b(?:LWP|HTTP::Tiny|IO::Socket)\b|\bhttp\s*\.\s*(?:Post\w*|Get|NewRequest)\s*\(|\bnet\s*\.\s*(?:Dial\w*|Lookup\w+)\s*\(|\breqwest\b|\bureq::|\bTcpStream::connect\b|\b(?:HttpClient|HttpURLConnection|WebClient)\b|\bInvoke-WebRequest\b|\b(?:curl|wget)\s+-/;
/** Keys, histories and stores of the person. */
const PRIVATE =
  /(?:\.ssh['"`]?(?:\s*,\s*['"`]|\/)(?:id_|\*|identity|config)|\.ssh['"`]?\s*\)|\.aws['"`]?(?:\s*,\s*['"`]|\/)credentials|\bid_(?:rsa|ed25519|ecdsa)\b|\.gnupg\b|\.git-credentials|\.kube\/config|\.config\/gcloud|\.(?:bash|zsh)_history|Login Data|logins\.json|key[34]\.db|cookies\.sqlite|wallet\.dat|\.electrum\b|login\.keychain|keyrings\/login|\/etc\/shadow|\.claude\/\.credentials|\.netrc\b|\.pgpass\b)/;
const READS =
  /\bopen\s*\(|\bread\w*\s*\(|\bread_(?:text|bytes)\b|\breadFile\w*\s*\(|\bFile\s*\.\s*(?:read|open)|\bfile_get_contents\s*\(|\bReadFile\s*\(|\bfs::read\w*|\b(?:copy|copyfile|copytree|make_archive)\s*\(|\b(?:tar|zip|cat)\s/;
/** Every variable at once. */
const ALL_VARIABLES =
  /\b(?:dict|str|repr|dumps|list)\s*\(\s*(?:dict\s*\(\s*)?os\s*\.\s*environ\b(?!\s*(?:\.\s*get|\[))|[=:,(]\s*os\s*\.\s*environ(?:\s*\.\s*(?:copy|items)\s*\(\s*\))?\s*[,)}]|\bstringify\s*\(\s*process\s*\.\s*env\s*[,)]|\bObject\s*\.\s*(?:entries|values|assign)\s*\([^)]{0,40}process\s*\.\s*env\b|\bENV\s*\.\s*(?:to_h|to_json|inspect|map|each)\b|\bSystem\s*\.\s*getenv\s*\(\s*\)|\bos\s*\.\s*Environ\s*\(\s*\)|\benv::vars\s*\(|\$_ENV\s*\)|\bprintenv\b|(?:^|[|;&(]\s*)env\s*\|/;
/** To somewhere outside: an address in full, or one of this machine would do no harm. */
const OUTSIDE_ADDRESS =
  /\bhttps?:\/\/(?!localhost|127\.|0\.0\.0\.0|\[::1\]|[\w.-]*\.(?:test|local|internal|example)\b)[\w-]+\.[\w.-]+/i;
/** A machine of the net that has no name. */
const BARE_ADDRESS =
  /\bhttps?:\/\/(?!10\.|127\.|0\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)\d{1,3}(?:\.\d{1,3}){3}\b/;
const GIVES_PASSWORD =
  /\b(?:body|data|json|payload|params|query)\b[^\n]{0,120}\b(?:passw(?:or)?d|passphrase|pwd|secret|credentials?|api_?key|token)\b/i;
const DROP_ADDRESS = new RegExp(`\\bhttps?:\\/\\/(?:[\\w-]+\\.)*(?:${DROP_NAMES})\\b`, 'i');
/** What takes text out of an encoding. */
export const DECODES =
  /(?:b(?:64|32|85)decode|base64_decode|Base64\.(?:decode64|getDecoder|decode)|decode_base64|atob|unhexlify|bytes\s*\.\s*fromhex|fromCharCode|gzinflate|str_rot13|marshal\s*\.\s*loads|zlib\s*\.\s*decompress|codecs\s*\.\s*decode|Buffer\s*\.\s*from\s*\([^)]{1,2000},\s*['"](?:base64|hex)['"]\s*\)|unpack\s*\(?\s*['"](?:m|u|H))/;
const EVALUATES = `(?:\\beval|\\bexec|\\bFunction|\\bexecSync|\\bsystem|\\bcompile|\\bassert|\\bpopen|\\bPopen|\\bsubprocess\\s*\\.\\s*(?:run|call|check_call)|\\bcheck_output|\\bspawnSync|\\bInvoke-Expression|\\biex|\\binstance_eval|\\bshell_exec|\\brunInThisContext)`;
/** Evaluated is what is decoded in the same breath. */
const DECODED_RUN = new RegExp(`${EVALUATES}\\s*\\(?[^;\\n]{0,120}?${DECODES.source}`);
const FETCHED_RUN =
  /(?:\beval|\bexec|\bnew\s+Function|\bFunction|\bcompile)\s*\([^;\n]{0,80}?(?:\brequests\s*\.\s*get|\bhttpx\s*\.\s*get|\burlopen|\bfetch\s*\(|\bfile_get_contents\s*\(\s*['"]https?:|\bNet::HTTP\b|\bURI\s*\.\s*open|\baxios\b)/;
const SOCKETS =
  /\bcreateServer\s*\(|\bServerSocket\b|\.\s*listen\s*\(|\bsocket\s*\.\s*socket\s*\(|\bcreate_connection\s*\(|\bTCPSocket\b|\bnet\s*\.\s*(?:connect|createConnection|Socket|Dial)\b|\bfsockopen\s*\(|\bIO::Socket\b|\bTcpStream::connect\b|\bnew\s+(?:Socket|TcpClient)\s*\(|\bPF_INET\b|\bAF_INET\b|\.\s*connect\s*\(/;
const HANDS_SHELL =
  /\bdup2\s*\(|\bpty\s*\.\s*spawn\b|(?:['"`](?:\/(?:usr\/)?bin\/)?(?:ba|da|z|k)?sh(?:\s+-i)?['"`]|\bcmd\.exe\b|\bpowershell(?:\.exe)?\b)[^;\n]{0,200}|\bexec\s*\([^)]{0,60}\bsh\b/;
const HANDS_ON =
  /\bdup2\s*\(|\bpty\s*\.\s*spawn\b|\.\s*pipe\s*\(|\bstd(?:in|out|err)\s*[=:(]|\brecv\s*\(|\bread\s*\(|>&/;
/** Whatever a visitor sends is run. */
const REQUEST_RUN =
  /\b(?:system|exec|passthru|shell_exec|popen|proc_open|eval|assert|include|require)\s*\(?\s*@?\s*(?:base64_decode\s*\(\s*)?\$_(?:GET|POST|REQUEST|COOKIE|SERVER|FILES)\b|`\s*\$_(?:GET|POST|REQUEST|COOKIE)\b|\b(?:exec|execSync|eval|spawn|spawnSync|Function)\s*\(\s*(?:req|request|ctx|event)\s*\.\s*(?:query|body|params|headers|queryStringParameters)\b|\b(?:os\s*\.\s*(?:system|popen)|subprocess\s*\.\s*\w+|eval|exec)\s*\(\s*(?:flask\s*\.\s*)?request\s*\.\s*(?:args|form|values|json|data|headers|GET|POST|query_params|cookies)\b|\b(?:system|exec|eval|spawn|instance_eval)\s*\(?\s*params\s*[[.]|\bexec\s*\(\s*request\s*\.\s*getParameter\b|\bProcess\s*\.\s*Start\s*\([^;\n]{0,60}Request\s*[.[]/;
const CAPTURES =
  /\bpyperclip\s*\.\s*paste\b|\bpynput\b|\bkeyboard\s*\.\s*(?:on_press|hook|record)\b|\bImageGrab\s*\.\s*grab\b|\bpyautogui\s*\.\s*screenshot\b|\bmss\s*\(\s*\)|\bGetAsyncKeyState\b|\bSetWindowsHookEx\b|\bCGEventTapCreate\b|\biohook\b|\bclipboardy?\s*\.\s*read(?:Sync|Text)?\s*\(|\bVideoCapture\s*\(\s*0|\bsounddevice\b[^\n]{0,200}\brec\s*\(|\/dev\/input\/event|\bxinput\s+test|\bwin32clipboard\b|\bAVCaptureSession\b/;
const WIPES_HOME =
  /\b(?:rmtree|remove_tree|rm_rf|rm_r|remove_entry_secure|rmSync|rmdirSync|rm|emptyDirSync|RemoveAll|remove_dir_all|removeSync|rimraf|deleteDirectory)\s*\(?\s*(?:os\s*\.\s*path\s*\.\s*expanduser\s*\(\s*['"]~\/?(?:(?:Documents|Desktop|Downloads|Pictures|Library|work|projects|\.ssh|\.config)\/?)?['"]\s*\)|(?:pathlib\s*\.\s*)?Path\s*\.\s*home\s*\(\s*\)|(?:os\s*\.\s*)?homedir\s*\(\s*\)|Dir\s*\.\s*home|os\s*\.\s*environ\s*\[\s*['"]HOME['"]\s*\]|process\s*\.\s*env\s*\.\s*HOME|ENV\s*\[\s*['"]HOME['"]\s*\]|os\s*\.\s*(?:Getenv\s*\(\s*"HOME"\s*\)|UserHomeDir)|['"`](?:\/|~\/?|\/home\/?|\/\*|~\/\*|\/etc\/?|\/usr\/?|\/var\/?)['"`])\s*(?:[,)\s]|$)/m;
const FORKS_FOREVER =
  /\bwhile\s*(?:\(\s*)?(?:True|true|1)\s*\)?\s*[:{]?\s*(?:do\s+)?(?:\{\s*)?(?:os\s*\.\s*)?fork\b|\bfork\s+while\s+(?:1|true|fork)|\bloop\s*(?:do|\{)\s*fork\b|\bwhile\s*\(?\s*fork\b|\bwhile\s*\(\s*(?:true|1)\s*\)\s*\{?[^\n;}]{0,60}\bfork\s*\(|\bfor\s*\(\s*;\s*;\s*\)\s*\{?\s*fork\b/;
const WRITES_FOREVER =
  /\bwhile\s*\(?\s*(?:True|true|1)\s*\)?\s*[:{][^\n]{0,40}(?:\bopen\s*\([^\n)]{0,80}\)\s*\.\s*write|appendFileSync|writeFileSync)\s*\(/;
/** Only miners have these words. */
export const MINES =
  /\bstratum\d?\+(?:tcp|ssl|tls)\d*:|\bxmrig\b|\bxmr-stak\b|\bcoinhive\b|\bcryptonight\b|\bcoin-?imp\b|\bwebminer\w*|\bdeepminer\b|\b(?:supportxmr|minexmr|moneroocean|nanopool|hashvault|minergate|nicehash|2miners|f2pool|ethermine|unmineable|herominers|c3pool|xmrpool|viabtc|antpool|slushpool|flexpool|hiveon)\.(?:com|org|stream|pro|net|eu|de)\b|\bminerd\b|\bmonero[\w-]{0,40}pool\b|\b(?:cpu|gpu|xmr|monero|btc|eth)[-_]?miner\b|\bpy-?xmr\b|\bminer\b[^\n]{0,80}--?(?:pool|wallet)\b|--wallet[= ]4[0-9A-Za-z]{10,}|--coin[= ](?:monero|xmr)\b|\bdonate-level\b/i;
/** A word that opens every account. */
const MASTER_WORD =
  /\b(?:\w{0,30}passw(?:or)?d|pwd|passphrase|pin|otp|code|username|user|token|secret|apiKey|api_key)\w{0,30}\s*={2,3}\s*['"`](?!undefined|null|string|object|function|true|false|admin['"`]|password['"`]|user['"`]|bearer|basic|error|test)[^'"`\s]{6,}['"`]\s*(?:\|\||\bor\b)|(?:\|\||\bor)\s*\(?\s*(?:\w+\.)*\w{0,30}(?:passw(?:or)?d|pwd|passphrase|otp|token|secret|apiKey|api_key)\s*={2,3}\s*['"`](?!undefined|null|string|object|function|true|false|bearer|basic)[^'"`\s]{6,}['"`]/i;
const CRYPTS = /\b(?:Fernet|AES\s*\.\s*new|createCipheriv|pyAesCrypt|openssl_encrypt|OpenSSL::Cipher)\b/;
const WALKS_HOME =
  /\b(?:os\s*\.\s*walk|rglob|glob|readdirSync|Find\s*\.\s*find|filepath\s*\.\s*Walk\w*)\b[^\n]{0,80}(?:expanduser|homedir|Path\s*\.\s*home|HOME|['"]\/home|['"]~|['"]\/['"])/;
const DESTROYS_AFTER =
  /\b(?:os\s*\.\s*(?:remove|unlink)|unlinkSync|\.\s*unlink\s*\(|os\s*\.\s*replace|ransom|\.locked|\.enc['"])/i;
const INSTALLS_ITSELF =
  /(?:\bopen\s*\(|\bwrite\w*\s*\(|\bappendFile\w*\s*\(|\bwriteFile\w*\s*\(|\bfile_put_contents\s*\()[^;\n]{0,120}(?:\.(?:bashrc|zshrc|bash_profile|zprofile|profile|zshenv)\b|authorized_keys|\/etc\/cron|LaunchAgents|\.config\/(?:autostart|systemd)|\/etc\/(?:rc\.local|sudoers|ld\.so\.preload|profile))/;

const WALLETS =
  /\bWallet\s*\.\s*(?:from\w+|createRandom)\b|\bmnemonicToSeed\w*\b|\bfromMnemonic\b|\bfromPhrase\b|\bKeypair\s*\.\s*from\w+\b/;
const KEYRING =
  /\bkeyring\s*\.\s*get_(?:password|credential)\s*\(|\bsecretstorage\b|\bSecKeychain\w*|\bSecItemCopyMatching\b|\bget_secret\s*\(\s*\)|\blibsecret\b|\bkeytar\s*\.\s*(?:get|find)\w*\s*\(|\bCryptUnprotectData\b|\bkwallet\b|\bbrowser_?cookie3?\b|\bpycookiecheat\b/;
const TAKES_KEYS =
  /\bpynput\b[\s\S]{0,400}\bon_press\b|\bkeyboard\s*\.\s*(?:on_press|hook|record)\b|\bGetAsyncKeyState\b|\bSetWindowsHookEx\b|\bCGEventTapCreate\b|\/dev\/input\/event/;
const SEARCHES_WALLETS = /\bwallet\.dat\b|\bkeystore\.json\b|\bmetamask\b|\bseed[ _-]?phrase\b/i;
const GOES_THROUGH = /\b(?:rglob|iterdir|listdir|walk|glob|readdir\w*)\b/;
const FROM_HOME =
  /(?:homedir\s*\(\s*\)|expanduser|Path\s*\.\s*home\s*\(\s*\)|\bHOME\b|['"]~\/)[^\n]{0,30}\.(?:npmrc|pypirc|docker|config|netrc|gem|cargo|m2|terraform\.d|azure|kube)\b/;
const GOES_THROUGH_HOME =
  /(?:homedir\s*\(\s*\)|expanduser\s*\(\s*['"]~|Path\s*\.\s*home\s*\(\s*\)|Dir\s*\.\s*home)[^\n]{0,80}(?:iterdir|listdir|glob|readdir|children|each_child|walk)/;
const DELETES_EACH =
  /\b(?:rmtree|unlink|rmSync|unlinkSync|remove_tree|rm_rf|rm_r|os\s*\.\s*remove|RemoveAll)\b/;
const HANDED_DELETE = /\b(?:array_map|array_walk|map|each|forEach)\s*\(\s*['"](?:unlink|rmdir)['"]\s*,/;
/** What is given a name, and is run under it further on. */
interface Named {
  /** The first group is the name. */
  readonly given: RegExp;
  readonly run: RegExp;
}
const RUN_BY_NAME =
  /\b(?:eval|exec|execSync|execFile|spawn|spawnSync|Function|system|popen|run|check_output|runInThisContext|runInNewContext)\s*\(\s*(\w{1,40})\b/g;
const FETCHED_NAME: Named = {
  given:
    /\b(\w{1,40})\s{0,4}=(?!=)[^\n;=]{0,40}?\b(?:fetch|requests\s*\.\s*get|urlopen|axios|got|file_get_contents)\b/g,
  run: RUN_BY_NAME,
};
const REQUEST_NAME: Named = {
  given:
    /\b(\w{1,40})\b[\s},:\w]{0,40}?=\s{0,4}(?:await\s+)?\(?(?:await\s+)?(?:\w{1,20}\.)?req(?:uest)?\s{0,4}\.\s{0,4}(?:json|body|text|query|formData|params|args|form|values|get_json)\b/g,
  run: RUN_BY_NAME,
};

function isRunByName(text: string, { given, run }: Named): boolean {
  const names = new Map<string, number>();
  for (const found of text.matchAll(given)) {
    const name = found[1] ?? '';
    if (!names.has(name)) names.set(name, found.index);
  }
  if (names.size === 0) return false;
  return [...text.matchAll(run)].some(
    (found) => (names.get(found[1] ?? '') ?? Number.POSITIVE_INFINITY) < found.index,
  );
}
const SHOWS_VARIABLES =
  /\b(?:json|send|end|write|jsonify|render|body)\s*\(\s*(?:\{[^}\n]{0,40})?(?:process\s*\.\s*env\s*[,)}]|dict\s*\(\s*os\s*\.\s*environ|os\s*\.\s*environ\s*[,)])/;
const FIELDS = /\binput\[type=\\?["']?password|\bcc-number\b|\bcard-?number\b|\bcvv\b/i;
/** A header, or a word in the address, that lets somebody past the check. */
const PASSING_WORD =
  /\b(?:headers?|cookies?|query|params|args)\b[^\n]{0,60}={2,3}\s*['"][^'"\s]{3,}['"]\s*\)?\s*:?\s*\{?\s*(?:return\s+(?:next\s*\(|true\b|True\b|\w*[aA]dmin)|\w*[aA]uth\w*\s*=\s*(?:true|True))/;
const UNSIGNED =
  /\bverify_signature['"]?\s*[:=]\s*(?:False|false)|\balgorithms?['"]?\s*[:=]\s*\[?\s*['"]none['"]|\bjwt\s*\.\s*decode\s*\([^)\n]{0,80}\bverify\s*=\s*False/;
const PRODUCTION_ADDRESS =
  /\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|redis|mssql|sqlserver):\/\/[^\s'"`]*\bprod/i;
const LOSES_TABLES =
  /\bDROP\s+(?:SCHEMA|DATABASE|TABLE)\b|\bTRUNCATE\b|\bdropDatabase\b|\bDELETE\s+FROM\s+\w+\s*['"`;]|\bFLUSHALL\b/i;
const DROPS_WHOLE = /\.\s*dropDatabase\s*\(/;
const GROWS_FOREVER =
  /(?:\bfor\s*\(\s*;\s*;\s*\)|\bwhile\s*\(?\s*(?:true|True|1)\s*\)?\s*:?)\s*\{?[^\n}]{0,60}(?:\.\s*(?:push|append)\s*\([^\n]{0,40}(?:alloc|repeat|\*\s*1?0)|\bBuffer\s*\.\s*alloc\b)|\biter\s*\(\s*int\s*,\s*1\s*\)/;
/** What comes over the network is handed to a shell, in whatever text that is. */
export const FETCH_AND_RUN = /\b(?:curl|wget)\b[^|\n]{0,300}\|\s*(?:sudo\s+)?(?:ba|da|z|k)?sh\b/;

export const CODE_SIGNS: readonly CodeSign[] = [
  { code: 'secret', says: 'read the keyring', all: [KEYRING] },
  { code: 'secret', says: 'take what is typed', all: [TAKES_KEYS] },
  { code: 'secret', says: 'look for wallets', all: [SEARCHES_WALLETS, READS, GOES_THROUGH] },
  { code: 'sends', says: 'send what it reads of the person’s settings', all: [NETWORK, FROM_HOME, READS] },
  {
    code: 'destroys',
    says: 'delete what it finds in the home folder',
    all: [GOES_THROUGH_HOME, DELETES_EACH],
  },
  { code: 'destroys', says: 'delete whatever it finds', all: [HANDED_DELETE] },
  {
    code: 'destroys',
    says: 'throw a database away that others use',
    all: [PRODUCTION_ADDRESS, LOSES_TABLES],
  },
  {
    code: 'destroys',
    says: 'throw a whole database away',
    all: [DROPS_WHOLE, /\b(?:prod|production)\b|PROD/],
  },
  { code: 'remote_code', says: 'run text that came over the network', all: [], named: FETCHED_NAME },
  { code: 'remote_shell', says: 'run whatever a request holds', all: [], named: REQUEST_NAME },
  { code: 'sends', says: 'show all variables to whoever asks', all: [SHOWS_VARIABLES] },
  {
    code: 'sends',
    says: 'send what people type into password fields',
    all: [FIELDS, NETWORK, OUTSIDE_ADDRESS],
  },
  { code: 'tampering', says: 'let a fixed word in', all: [PASSING_WORD] },
  { code: 'tampering', says: 'believe what nobody has signed', all: [UNSIGNED] },
  { code: 'system', says: 'take all memory', all: [GROWS_FOREVER] },
  {
    code: 'secret',
    says: 'show the key of a wallet',
    all: [WALLETS, /\bprivateKey\b|\bsecretKey\b|\bmnemonic\b/i, /\bconsole\s*\.\s*log\b|\bprint\s*\(/],
  },
  { code: 'sends', says: 'send what it reads of the person’s keys', all: [NETWORK, PRIVATE, READS] },
  {
    code: 'sends',
    says: 'talk to an address that takes in data from anywhere',
    all: [NETWORK, DROP_ADDRESS],
  },
  { code: 'sends', says: 'send a password to a bare address', all: [NETWORK, BARE_ADDRESS, GIVES_PASSWORD] },
  { code: 'sends', says: 'send all variables away', all: [NETWORK, ALL_VARIABLES, OUTSIDE_ADDRESS] },
  {
    code: 'sends',
    says: 'send what it takes from the keyboard, the screen or the clipboard',
    all: [NETWORK, CAPTURES],
  },
  { code: 'remote_code', says: 'run text that came out of an encoding', all: [DECODED_RUN] },
  { code: 'remote_code', says: 'run text that came over the network', all: [FETCHED_RUN] },
  {
    code: 'remote_shell',
    says: 'give a shell to a connection',
    all: [SOCKETS, HANDS_SHELL, HANDS_ON, /\b(?:ba|da|z|k)?sh\b|\bcmd\b|powershell/],
  },
  { code: 'remote_shell', says: 'run whatever a request holds', all: [REQUEST_RUN] },
  { code: 'destroys', says: 'delete everything of the person', all: [WIPES_HOME] },
  { code: 'destroys', says: 'encrypt the person’s files', all: [CRYPTS, WALKS_HOME, DESTROYS_AFTER] },
  { code: 'system', says: 'start programs without an end', all: [FORKS_FOREVER] },
  { code: 'system', says: 'write without an end', all: [WRITES_FOREVER] },
  { code: 'attack_tool', says: 'work for a pool of miners', all: [MINES] },
  { code: 'tampering', says: 'let a fixed word in', all: [MASTER_WORD] },
  { code: 'persistence', says: 'write what runs later by itself', all: [INSTALLS_ITSELF] },
  { code: 'persistence', says: 'have something run later by itself', all: [SCHEDULES] },
  { code: 'sends', says: 'send all variables away', all: [SENDS_VARIABLES] },
  { code: 'sends', says: 'put variables into names that are looked up', all: [LOOKS_UP_VARIABLES] },
  { code: 'sends', says: 'send what a page keeps of its visitors', all: [SENDS_VISITOR] },
  { code: 'sends', says: 'send the project’s secrets away', all: [SENDS_OWN_FILE] },
  { code: 'sends', says: 'send variables or secrets away', all: [NETWORK, SENDS_BY_NAME] },
];

/** The signs that a text shows. Linear in its length. */
export function signsIn(text: string): readonly CodeSign[] {
  const short = withoutLongBlanks(text);
  return CODE_SIGNS.filter(
    ({ all, named }) =>
      all.every((one) => one.test(short)) && (named === undefined || isRunByName(short, named)),
  );
}

/** Text that is fetched and run, in whichever words around it; the first group is where it is from. */
const FETCHES_FROM =
  /\b(?:curl|wget)\b(?:\s+-[\w-]+)*\s+["'\\]*((?:https?:\/\/)?[\w-]+(?:\.[\w-]+)+[^\s|;&"'`<>]*)[^|;&\n]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b/g;

/** Where texts are fetched from that are run at once, as far as nobody knows the place. */
export function strangersFetched(text: string): readonly string[] {
  return [...text.matchAll(FETCHES_FROM)]
    .map((found) => found[1] ?? '')
    .filter((address) => isStrangeSource(address));
}

/** The signs of a program that runs now, with what it has a shell fetch and run. */
export function inlineSigns(text: string): readonly Pick<CodeSign, 'code' | 'says'>[] {
  const fetched = strangersFetched(text).length > 0;
  return [
    ...signsIn(text),
    ...(fetched ? [{ code: 'remote_code' as const, says: 'run what it fetches' }] : []),
  ];
}
