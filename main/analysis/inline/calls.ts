/**
 * What calls in other languages do. Patterns are matched against code without its strings and comments.
 *
 * - `shell`: the first argument is a shell text
 * - `argv`: the arguments are a program and its words
 * - `replaces`: the same, with the name that the program is to go by behind its path
 * - `starts`: the statement's texts are a program and its words
 * - `deletes`, `reads`, `writes`, `fetches`, `sends`: the first argument is the path or address
 * - `moves`: from the first to the second; `extracts`: an archive goes there; `pathWrites`: the path stands before it
 * - `loads`: a module by its path; `private`: clipboard, screen, keys of the person; `ends`: processes of others
 * - `dynamic`: runs text as code
 */
import type { Language } from './code-text.ts';

export type CallKind =
  | 'shell'
  | 'argv'
  | 'replaces'
  | 'starts'
  | 'deletes'
  | 'empties'
  | 'reads'
  | 'writes'
  | 'fetches'
  | 'sends'
  | 'connects'
  | 'listens'
  | 'dynamic'
  | 'variables'
  | 'native'
  | 'rights'
  | 'duplicates'
  | 'moves'
  | 'extracts'
  | 'pathWrites'
  | 'loads'
  | 'private'
  | 'ends';

export type CallRow = readonly [RegExp, CallKind];

const PYTHON: readonly CallRow[] = [
  [/\bos\s*\.\s*(?:system|popen[234]?)\s*\(/g, 'shell'],
  [/\b(?:commands|subprocess)\s*\.\s*(?:getoutput|getstatusoutput)\s*\(/g, 'shell'],
  [/\bsubprocess\s*\.\s*(?:run|call|check_call|check_output|Popen)\s*\(/g, 'argv'],
  [/\basyncio\s*\.\s*create_subprocess_shell\s*\(/g, 'shell'],
  [/\basyncio\s*\.\s*create_subprocess_exec\s*\(/g, 'argv'],
  [/\bos\s*\.\s*(?:exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?|startfile)\s*\(/g, 'argv'],
  [/\bpty\s*\.\s*(?:spawn|fork)\s*\(/g, 'argv'],
  [/\b(?:pexpect|sh|plumbum|fabric|invoke)\s*\.\s*(?:spawn|run|local|sudo)\s*\(/g, 'shell'],
  [/\bos\s*\.\s*(?:remove|unlink|rmdir|removedirs)\s*\(/g, 'deletes'],
  [/\bshutil\s*\.\s*rmtree\b\s*\(?/g, 'deletes'],
  [/\)\s*\.\s*(?:unlink|rmdir)\s*\(/g, 'deletes'],
  [/\b\w+\s*\.\s*(?:unlink|rmdir|rmtree)\s*\(/g, 'deletes'],
  [/\bos\s*\.\s*(?:truncate|ftruncate)\s*\(/g, 'empties'],
  [/\bshutil\s*\.\s*(?:copy2?|copyfile|copytree|make_archive)\s*\(/g, 'reads'],
  [/\bshutil\s*\.\s*move\s*\(|\bos\s*\.\s*(?:rename|renames|replace)\s*\(/g, 'moves'],
  [/\.\s*(?:extractall|extract)\s*\(/g, 'extracts'],
  [
    /\bPath\s*\(\s*(["'])[^"']*\1\s*\)(?:\s*\.\s*expanduser\s*\(\s*\))?\s*\.\s*(?:write_text|write_bytes|touch|chmod|symlink_to|hardlink_to)\s*\(/g,
    'pathWrites',
  ],
  [/\bsqlite3\s*\.\s*connect\s*\(/g, 'reads'],
  [/\bsys\s*\.\s*path\s*\.\s*(?:insert|append|extend)\s*\(/g, 'loads'],
  [
    /\bpyperclip\s*\.\s*paste\b|\bclipboard_get\s*\(|\b(?:ImageGrab|pyscreenshot|pyaudio|sounddevice|pynput)\b|\bcv2\s*\.\s*VideoCapture\b|\bmss\s*\.\s*mss\b/g,
    'private',
  ],
  [
    /\bos\s*\.\s*kill(?:pg)?\s*\(\s*-1|\bprocess_iter\b[\s\S]{0,200}\.\s*(?:kill|terminate|send_signal)\s*\(|\.\s*(?:kill|terminate)\s*\([^\n]{0,80}\bprocess_iter\b/g,
    'ends',
  ],
  [/\b(?:dns\s*\.\s*)?resolver\s*\.\s*(?:resolve|query)\s*\(|\bwebbrowser\s*\.\s*open\w*\s*\(/g, 'sends'],
  [/\b(?:open|io\.open|codecs\.open)\s*\(/g, 'writes'],
  [/\bPath\s*\(/g, 'reads'],
  [/\bos\s*\.\s*(?:chmod|chown|setuid|setgid|seteuid|setreuid)\s*\(/g, 'rights'],
  [/\b(?:requests|httpx|aiohttp|session|client|http)\s*\.\s*(?:post|put|patch)\s*\(/g, 'sends'],
  [
    /\b(?:requests|httpx|urllib\.request|urllib2?|urllib3|session|client)\s*\.\s*(?:get|head|urlopen|urlretrieve|request|delete|stream)\s*\(/g,
    'fetches',
  ],
  [/\burl(?:open|retrieve)\s*\(/g, 'fetches'],
  [/\bhttp\s*\.\s*client\s*\.\s*HTTPS?Connection\s*\(/g, 'connects'],
  [
    /\b(?:smtplib|ftplib|paramiko|telnetlib|poplib|imaplib|websocket|websockets|socketio)\s*\.\s*\w+\s*\(/g,
    'sends',
  ],
  [/\bsocket\s*\.\s*(?:socket|create_connection)\s*\(/g, 'connects'],
  [/\.\s*(?:connect|connect_ex)\s*\(\s*\(/g, 'connects'],
  [/\bsocket\s*\.\s*(?:gethostbyname\w*|getaddrinfo)\s*\(/g, 'sends'],
  [/\b(?:bind)\s*\(\s*\(/g, 'listens'],
  [/\bos\s*\.\s*dup2\s*\(/g, 'duplicates'],
  [/(?<![.\w])(?:eval|exec|compile|execfile|__import__)\s*\(/g, 'dynamic'],
  [
    /\b(?:importlib\s*\.\s*(?:import_module|reload)|runpy\s*\.\s*run_\w+|code\s*\.\s*interact|marshal\s*\.\s*loads|pickle\s*\.\s*loads|types\s*\.\s*FunctionType|builtins\s*\.\s*\w+)\s*\(?/g,
    'dynamic',
  ],
  [/\bgetattr\s*\(\s*(?:os|subprocess|shutil|builtins|__builtins__|sys|__import__)\b/g, 'dynamic'],
  [/\b(?:globals|locals|vars)\s*\(\s*\)\s*\[/g, 'dynamic'],
  [/__(?:builtins|subclasses|globals|class|bases|mro|loader)__/g, 'dynamic'],
  [
    /(?<!["']\s*(?:not\s+)?in\s+)\bos\s*\.\s*environ\b(?!\s*(?:\[|\.\s*(?:get|setdefault|pop|update)\b))/g,
    'variables',
  ],
  [/\b(?:ctypes|cffi)\b/g, 'native'],
  [
    /\b(?:keyring\s*\.\s*get_password|getpass\s*\.\s*getpass|browser_cookie3|secretstorage|jeepney|SecKeychain\w*|win32crypt|pynput|pyautogui|ImageGrab)\b/g,
    'variables',
  ],
];

const JAVASCRIPT: readonly CallRow[] = [
  [/\b(?:execSync|exec)\s*\(/g, 'shell'],
  [/\b(?:spawn|spawnSync|execFile|execFileSync|fork)\s*\(/g, 'argv'],
  [
    /\bBun\s*\.\s*\$|\bBun\s*\.\s*spawn(?:Sync)?\s*\(|\bnew\s+Deno\s*\.\s*Command\s*\(|\bDeno\s*\.\s*run\s*\(/g,
    'argv',
  ],
  [
    /\b(?:rm|rmSync|rmdir|rmdirSync|unlink|unlinkSync|remove|removeSync|emptyDir|emptyDirSync|rimraf)\s*\(/g,
    'deletes',
  ],
  [/\b(?:truncate|truncateSync|ftruncateSync)\s*\(/g, 'empties'],
  [
    /\b(?:writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|outputFile|copyFile|copyFileSync|rename|renameSync|symlink|symlinkSync|cp|cpSync)\s*\(/g,
    'writes',
  ],
  [
    /\b(?:readFile|readFileSync|createReadStream|readdir|readdirSync|openSync|readTextFile|readTextFileSync)\s*\(/g,
    'reads',
  ],
  [/\b(?:chmod|chmodSync|chown|chownSync|setuid|setgid)\s*\(/g, 'rights'],
  [/\b(?:fetch|axios|got|request|superagent)\s*(?:\.\s*(?:get|head|stream))?\s*\(/g, 'fetches'],
  [/\b(?:https?)\s*\.\s*(?:get|request)\s*\(/g, 'fetches'],
  [/\b(?:axios|got|request|superagent|needle)\s*\.\s*(?:post|put|patch)\s*\(/g, 'sends'],
  [/\bdns\s*\.\s*(?:lookup|resolve\w*)\s*\(/g, 'sends'],
  [
    /\b(?:net|tls)\s*\.\s*(?:connect|createConnection|Socket)\s*\(|\bnew\s+(?:net\s*\.\s*)?(?:Socket|WebSocket)\s*\(/g,
    'connects',
  ],
  [/\bcreateServer\s*\(/g, 'listens'],
  [
    /(?<![.\w])(?:eval|Function)\s*\(|\bnew\s+Function\s*\(|\bvm\s*\.\s*run\w+\s*\(|\bprocess\s*\.\s*(?:binding|dlopen|mainModule)\b|\.\s*constructor\s*\(|\bglobalThis\s*\[|\bglobal\s*\[/g,
    'dynamic',
  ],
  [/\b(?:require|import)\s*\(/g, 'loads'],
  [/\bprocess\s*\.\s*kill\s*\(\s*-1/g, 'ends'],
  [/\brequire\s*\(\s*[^'"`\s)]/g, 'dynamic'],
  [/\bimport\s*\(\s*[^'"`\s)]/g, 'dynamic'],
  [/\bprocess\s*\.\s*env\b(?!\s*(?:\.\s*\w+|\[))/g, 'variables'],
];

const PERL: readonly CallRow[] = [
  [/\b(?:system|exec|qx)\b\s*[({/|]?/g, 'shell'],
  [/`/g, 'shell'],
  [/\b(?:unlink|rmdir|rmtree|remove_tree)\b/g, 'deletes'],
  [/\btruncate\b/g, 'empties'],
  [/\bopen\b/g, 'writes'],
  [/\b(?:chmod|chown)\b/g, 'rights'],
  [/\b(?:IO::Socket|Socket)\b|\bsocket\s*\(/g, 'connects'],
  [/\b(?:LWP|HTTP::Tiny|WWW::Mechanize|Net::\w+)\b/g, 'fetches'],
  [/\beval\b(?!\s*\{)|\bunpack\b|\bdo\s+["'$]/g, 'dynamic'],
  [/%ENV\b/g, 'variables'],
];

const RUBY: readonly CallRow[] = [
  [
    /\b(?:system|exec|spawn)\b\s*\(?|%x[\W]|\bIO\s*\.\s*popen\b|\bOpen3\s*\.\s*\w+|\bKernel\s*\.\s*\w+|\bProcess\s*\.\s*(?:spawn|exec)\b/g,
    'shell',
  ],
  [/`/g, 'shell'],
  [
    /\b(?:File|Dir|FileUtils|Pathname)\s*\.\s*(?:delete|unlink|rmdir|remove\w*|rm\w*|safe_unlink)\b/g,
    'deletes',
  ],
  [/\.\s*(?:rmtree|unlink)\b/g, 'deletes'],
  [/\bFile\s*\.\s*truncate\b/g, 'empties'],
  [/\b(?:File|IO)\s*\.\s*(?:write|open|new|binwrite)\b|\bopen\s*\(/g, 'writes'],
  [/\b(?:File|IO)\s*\.\s*(?:read|readlines|foreach|binread)\b/g, 'reads'],
  [/\b(?:File|FileUtils)\s*\.\s*(?:chmod|chown)\w*\b/g, 'rights'],
  [/\b(?:TCPSocket|UDPSocket|Socket)\b/g, 'connects'],
  [/\b(?:TCPServer|UDPServer|UNIXServer)\b/g, 'listens'],
  [/\bNet::HTTP\s*\.\s*post\w*/g, 'sends'],
  [/\b(?:Net::HTTP|URI\s*\.\s*open|OpenURI|HTTParty|Faraday)\b/g, 'fetches'],
  [/(?<![.\w])(?:eval|instance_eval|class_eval|send|public_send|load|const_get)\b/g, 'dynamic'],
  [/\bENV\b(?!\s*(?:\[|\.\s*fetch))/g, 'variables'],
];

const PHP: readonly CallRow[] = [
  [/\b(?:system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec)\s*\(/g, 'shell'],
  [/`/g, 'shell'],
  [/\b(?:unlink|rmdir)\s*\(/g, 'deletes'],
  [/\bftruncate\s*\(/g, 'empties'],
  [/\b(?:file_put_contents|fopen|copy|rename|symlink|move_uploaded_file)\s*\(/g, 'writes'],
  [/\b(?:file_get_contents|readfile|file|include|require|include_once|require_once)\b/g, 'reads'],
  [/\b(?:chmod|chown)\s*\(/g, 'rights'],
  [/\b(?:fsockopen|pfsockopen|stream_socket_client|socket_connect)\s*\(/g, 'connects'],
  [/\bcurl_(?:exec|init|setopt)\s*\(/g, 'fetches'],
  [/\bmail\s*\(/g, 'sends'],
  [
    /\b(?:eval|assert|create_function|call_user_func(?:_array)?|preg_replace_callback|unserialize)\s*\(|\$\w+\s*\(/g,
    'dynamic',
  ],
  [/\$_ENV\b|\bgetenv\s*\(\s*\)|\bphpinfo\s*\(/g, 'variables'],
];

/** What the usual libraries of C, C++, Rust, Go, Java, C# and Swift call these things. */
const COMPILED: readonly CallRow[] = [
  [/(?<![.\w])(?:system|popen)\s*\(|\bRuntime\b[^;\n]*\.\s*exec\s*\(/g, 'shell'],
  [/(?<![.\w])(?:execl[pe]?|execv[pe]*|posix_spawnp?)\s*\(/g, 'replaces'],
  [/\bCommand\s*::\s*new\s*\(|\bProcess\s*\.\s*Start\s*\(|\blaunchPath\s*=/g, 'starts'],
  [/\bexec\s*\.\s*Command(?:Context)?\s*\(|\bnew\s+ProcessBuilder\s*\(/g, 'argv'],
  [
    /(?<![.\w>:])(?:unlink|unlinkat|rmdir|remove|nftw|ftw)\s*\(|\bfs\s*::\s*remove_\w+\s*\(|\bos\s*\.\s*Remove(?:All)?\s*\(|\b(?:Files|File|Directory)\s*\.\s*[dD]elete\w*\s*\(|\bremoveItem\s*\(/g,
    'deletes',
  ],
  [/(?<![.\w])truncate\s*\(|\bos\s*\.\s*Truncate\s*\(/g, 'empties'],
  [/\bfs\s*::\s*write\s*\(|\bFile\s*::\s*create\s*\(|\bos\s*\.\s*(?:WriteFile|Create)\s*\(/g, 'writes'],
  [/\bset(?:e|re|res)?[ug]id\s*\(\s*0/g, 'rights'],
  [
    /\bTcpStream\s*::\s*connect\s*\(|\bnet\s*\.\s*Dial\w*\s*\(|\bnew\s+(?:Socket|TcpClient)\s*\(|(?<![.\w])socket\s*\(\s*(?:AF|PF)_INET/g,
    'connects',
  ],
  [/\bhttp\s*\.\s*(?:Get|Head)\s*\(|\b(?:reqwest|ureq|minreq)\s*::/g, 'fetches'],
  [/\bhttp\s*\.\s*Post\w*\s*\(/g, 'sends'],
  [
    /\bos\s*\.\s*Environ\s*\(|\benv\s*::\s*vars\w*\s*\(|\bchar\s*\*\s*\*\s*environ\b|\bgetenv\s*\(\s*\)/g,
    'variables',
  ],
  [/(?<![.\w])(?:ptrace|process_vm_readv|dlopen|mprotect)\s*\(/g, 'native'],
];

export const CALLS: Readonly<Record<Language, readonly CallRow[]>> = {
  python: PYTHON,
  javascript: JAVASCRIPT,
  perl: PERL,
  ruby: RUBY,
  php: PHP,
  compiled: COMPILED,
};
