/** Signs in program text that variables or the project's secrets leave this machine, or that something is to run later. */

/** Every variable at once, in whatever form it is handed on. */
const VARIABLES =
  /(?:dict\s*\(\s*os\s*\.\s*environ\b|\{\s*\*\*\s*os\s*\.\s*environ\b|os\s*\.\s*environb?(?:\s*\.\s*(?:copy|items)\s*\(|\s*[,)}])|(?:repr|str|dumps|urlencode|list)\s*\(\s*os\s*\.\s*environ|process\s*\.\s*env\s*(?:as\s+[\w<>, ]{1,40})?[,)}]|Object\s*\.\s*\w+\s*\(\s*process\s*\.\s*env\b|\bENV\s*\.\s*(?:to_h|to_json|to_a|inspect|map)\b|os\s*\.\s*Environ\s*\(|env::vars\s*\(|Sys(?:tem)?\s*\.\s*getenv\s*\(\s*\)|\$_ENV\s*[,)]|\$_SERVER\s*[,)])/;
/** The text of the project's file of secrets. */
const OWN_FILE =
  /(?:open|Path|read_to_string|ReadFile|readFile\w*|file_get_contents|createReadStream|File\s*\.\s*(?:read|open))\s*\([^()\n]{0,60}['"`/]\.env(?:\.\w+)?['"`]/;
/** Sent to an address in full that is no machine here. */
const SENT =
  /(?:\b(?:requests|httpx|session|client|axios|got|ky|http|Net::HTTP|HTTParty|Faraday|RestClient)\s*\.\s*(?:post\w*|put|patch|request|get)|\burlopen|\bRequest|\bfetch|\baxios|\bsendBeacon|\bfile_get_contents|\bPOST)\s*\(?[^\n]{0,40}?https?:\/\/(?!localhost|127\.|0\.0\.0\.0|\[::1\]|[\w.-]*\.(?:test|local|internal)\b)[\w-]+\.[\s\S]{0,400}?/;

export const SENDS_VARIABLES = new RegExp(SENT.source + VARIABLES.source, 'i');
export const SENDS_OWN_FILE = new RegExp(SENT.source + OWN_FILE.source);
/** What is given the variables or the secrets; the first group is its name. */
const GIVEN = new RegExp(
  `\\b(\\w{1,40})\\s{0,4}=(?!=)\\s{0,4}[^\\n;=]{0,60}?(?:${VARIABLES.source}|${OWN_FILE.source})`,
  'g',
);
const CALLS = new RegExp(SENT.source.replace(/\[\\s\\S\]\{0,400\}\?$/, ''), 'g');
const LONGEST_CALL = 500;
const MOST_CALLS = 60;

/** The same by way of a name. */
export const SENDS_BY_NAME = {
  test(text: string): boolean {
    const names = new Set([...text.matchAll(GIVEN)].map((found) => found[1] ?? ''));
    if (names.size === 0) return false;
    let count = 0;
    for (const { index } of text.matchAll(CALLS)) {
      count += 1;
      if (count > MOST_CALLS) return false;
      for (const [name] of callAt(text, index).matchAll(/\b\w{1,40}\b/g)) if (names.has(name)) return true;
    }
    return false;
  },
};

/** A call with what stands between its brackets. */
function callAt(text: string, start: number): string {
  let depth = 0;
  for (let at = start; at < text.length && at < start + LONGEST_CALL; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') {
      depth -= 1;
      if (depth <= 0) return text.slice(start, at);
    }
  }
  return text.slice(start, start + LONGEST_CALL);
}

/** What stands between a program's name and its first argument. */
const BETWEEN = /['"`]?\s*(?:\)\s*\.\s*args?\s*\()?\s*,?\s*&?(?:vec!)?\[?\s*/;
/** A scheduler or a manager of services that is started by its name, with its arguments in a list. */
export const SCHEDULES = new RegExp(
  `${/(?:\bexecFile\w*|\bspawn\w*|\bexeca\w*|\bsubprocess\s*\.\s*\w+|\bPopen|\bcheck_(?:call|output)|\bCommand(?:::new)?|\bsystem|\bcommandLine|\bCOMMAND|\bProcessBuilder|\bProcess\s*\.\s*run)\s*\(?\s*\[?\s*['"`]?(?:\/usr\/bin\/|\/bin\/)?/.source}(?:${[
    /crontab['"`]?(?=\s*[\])\s,-])(?!['"`]?\s*,?\s*\[?\s*['"`]?-l\b)/,
    /launchctl~['"`]?(?:load|bootstrap|submit|enable|kickstart)\b/,
    /systemctl~(?:['"`]?--user['"`]?\s*,?\s*)?['"`]?(?:enable|link|edit|start)\b/,
    /schtasks(?:\.exe)?~['"`]?\/[cC]reate/,
    /loginctl~['"`]?enable-linger/,
  ]
    .map(({ source }) => source.replace('~', BETWEEN.source))
    .join('|')})`,
);

/** Variables that are put into a name that is looked up. */
export const LOOKS_UP_VARIABLES = new RegExp(
  `(?:\\bdns(?:\\.promises)?['"]?\\)?\\s*\\.\\s*(?:resolve|lookup)\\w*|\\bgethostby\\w+|\\bgetaddrinfo|\\bLookup\\w+)\\s*\\([^\\n]{0,200}?${VARIABLES.source}`,
);
/** What a page keeps of its visitors, or what they type, and the address that gets it. */
export const SENDS_VISITOR =
  /(?:\bfetch|\bsendBeacon|\.\s*src\s*=|\baxios\s*\.\s*\w+)\s*\(?[^\n]{0,20}?https?:\/\/(?!localhost|127\.)[\w-]+\.[^\n]{0,200}?\b(?:document\s*\.\s*cookie|localStorage\s*\)|e(?:vent|vt|v)?\s*\.\s*(?:key|code)\s*\))/;
