/**
 * What Seatbelt would answer: reads the text of a profile and its parameters, and decides like the kernel does, by the
 * last rule that matches. Knows the part of the language that our profiles are written in, and refuses all else.
 */

/** What a process asks for. Of the rest only what the operation looks at is given. */
export interface Ask {
  readonly operation: string;
  readonly path?: string;
  /** What is at the path; an ordinary file when left out. */
  readonly vnode?: 'DIRECTORY' | 'CHARACTER-DEVICE' | 'BLOCK-DEVICE';
  /** The kernel's own mark on what this sandbox opened. */
  readonly extension?: string;
  /** Of a service, a variable of sysctl, a shared memory. */
  readonly name?: string;
  /** The other end: `HOST:PORT`, of the network. */
  readonly remote?: string;
  readonly local?: string;
  /** The path of a Unix socket, at the other end or at one's own. */
  readonly remoteSocket?: string;
  readonly localSocket?: string;
  readonly domain?: string;
  /** The process that it is about. */
  readonly target?: 'same-sandbox' | 'others';
}

type Sexp = string | { readonly quoted: string } | readonly Sexp[];
interface Rule {
  readonly action: 'allow' | 'deny';
  readonly operations: readonly string[];
  readonly filters: readonly (readonly Sexp[])[];
}

/** Operations that a real profile compiler knows, as far as profiles here name them. */
const OPERATIONS = new Set([
  'default',
  'file-ioctl',
  'file-link',
  'file-map-executable',
  'file-read*',
  'file-read-metadata',
  'file-test-existence',
  'file-write-create',
  'file-write-data',
  'file-write-mode',
  'file-write-times',
  'file-write-unlink',
  'file-write-xattr',
  'iokit-open',
  'ipc-posix-sem',
  'ipc-posix-shm-read*',
  'mach-lookup',
  'mach-priv-task-port',
  'network-bind',
  'network-inbound',
  'network-outbound',
  'process-exec*',
  'process-fork',
  'process-info*',
  'pseudo-tty',
  'signal',
  'sysctl-read',
  'system-socket',
  'user-preference-read',
]);

export class Seatbelt {
  readonly rules: readonly Rule[];
  readonly #params: ReadonlyMap<string, string>;
  readonly #used = new Set<string>();

  constructor(text: string, params: ReadonlyMap<string, string>) {
    this.#params = params;
    const forms = parse(text);
    const [version, ...rest] = forms;
    if (JSON.stringify(version) !== '["version","1"]') throw new Error('a profile begins with (version 1)');
    this.rules = rest.map(ruleOf);
    const [first] = this.rules;
    if (first?.action !== 'deny' || first.operations[0] !== 'default')
      throw new Error('not closed by default');
    // A value that is missing fails when the profile is compiled, whether or not the rule is ever looked at.
    for (const rule of this.rules) for (const filter of rule.filters) this.#touch(filter);
  }

  /** Parameters that no rule names. */
  get unused(): readonly string[] {
    return [...this.#params.keys()].filter((name) => !this.#used.has(name));
  }

  allows(ask: Ask, rules: readonly Rule[] = this.rules): boolean {
    let allowed = false;
    for (const { action, operations, filters } of rules) {
      if (!operations.some((one) => covers(one, ask.operation))) continue;
      if (filters.length > 0 && !filters.some((filter) => this.#matches(filter, ask))) continue;
      allowed = action === 'allow';
    }
    return allowed;
  }

  #touch(filter: readonly Sexp[]): void {
    for (const term of filter) {
      if (!Array.isArray(term)) continue;
      if (term[0] === 'param') this.#value(term);
      else this.#touch(term as readonly Sexp[]);
    }
  }

  #value(term: Sexp | undefined): string {
    if (typeof term === 'object' && 'quoted' in term) return term.quoted;
    if (Array.isArray(term) && term[0] === 'param' && typeof term[1] === 'object' && 'quoted' in term[1]) {
      const name = term[1].quoted as string;
      const value = this.#params.get(name);
      if (value === undefined) throw new Error(`no value for the parameter ${name}`);
      this.#used.add(name);
      return value;
    }
    throw new Error(`not a value: ${JSON.stringify(term)}`);
  }

  #matches(filter: readonly Sexp[], ask: Ask): boolean {
    const [head, ...rest] = filter;
    const each = () => rest.map((term) => this.#matches(listOf(term), ask));
    const value = () => this.#value(rest[0]);
    const { path } = ask;
    switch (head) {
      case 'require-all':
        return each().every(Boolean);
      case 'require-any':
        return each().some(Boolean);
      case 'require-not':
        if (rest.length !== 1) throw new Error('require-not takes one filter');
        return !each()[0];
      case 'literal':
      case 'path-literal':
        return path === value();
      case 'subpath': {
        const folder = value();
        return path !== undefined && (path === folder || path.startsWith(`${folder}/`));
      }
      case 'regex':
        return path !== undefined && new RegExp(checkedRegex(value()), 's').test(path);
      case 'vnode-type':
        return (ask.vnode ?? 'REGULAR-FILE') === rest[0];
      case 'extension':
        return ask.extension === value();
      case 'target':
        return ask.target === rest[0];
      case 'global-name':
      case 'sysctl-name':
      case 'ipc-posix-name':
      case 'iokit-registry-entry-class':
        return ask.name === value();
      case 'sysctl-name-prefix':
      case 'ipc-posix-name-prefix':
        return ask.name?.startsWith(value()) === true;
      case 'socket-domain':
        return ask.domain === rest[0];
      case 'remote':
        return this.#end(rest, ask.remote, ask.remoteSocket);
      case 'local':
        return this.#end(rest, ask.local, ask.localSocket);
      default:
        throw new Error(`a filter that is not known: ${JSON.stringify(head)}`);
    }
  }

  #end(rest: readonly Sexp[], address: string | undefined, socket: string | undefined): boolean {
    const [kind, what] = rest;
    if (kind === 'unix-socket')
      return socket !== undefined && this.#matches(listOf(what), { operation: '', path: socket });
    if (kind !== 'ip') throw new Error(`an end that is not known: ${JSON.stringify(kind)}`);
    const pattern = /^(\*|localhost):(\*|\d{1,5})$/.exec(this.#value(what));
    // Any other host makes the compiler refuse the whole profile.
    if (pattern === null) throw new Error('a host is * or localhost');
    if (address === undefined) return false;
    const at = address.lastIndexOf(':');
    const host = address.slice(0, at);
    const local = host === '127.0.0.1' || host === '::1';
    return (
      (pattern[1] === '*' || local) &&
      (pattern[2] === '*' || Number(pattern[2]) === Number(address.slice(at + 1)))
    );
  }
}

function covers(rule: string, operation: string): boolean {
  return (
    rule === 'default' ||
    rule === operation ||
    (rule.endsWith('*') && operation.startsWith(rule.slice(0, -1)))
  );
}

/** Only what Apple's matcher reads too; its alternations and brackets mean what they mean here. */
function checkedRegex(pattern: string): string {
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) throw new Error('a pattern that is not anchored');
  const plain = pattern.replace(/\\[^A-Za-z0-9]/g, '');
  if (/\\|\(\?|[*+?]\?|\{/.test(plain)) throw new Error(`more than the matcher reads: ${pattern}`);
  return pattern;
}

function ruleOf(form: Sexp): Rule {
  const [action, ...rest] = listOf(form);
  if (action !== 'allow' && action !== 'deny') throw new Error(`not a rule: ${JSON.stringify(form)}`);
  const operations = rest.filter((term): term is string => typeof term === 'string');
  for (const operation of operations)
    if (!OPERATIONS.has(operation)) throw new Error(`an operation that is not known: ${operation}`);
  return { action, operations, filters: rest.slice(operations.length).map(listOf) };
}

function listOf(term: Sexp | undefined): readonly Sexp[] {
  if (!Array.isArray(term)) throw new Error(`not a list: ${JSON.stringify(term)}`);
  return term as readonly Sexp[];
}

function parse(text: string): readonly Sexp[] {
  const tokens = text.match(/;[^\n]*|"[^"\\]*"|[()]|[^\s()";]+/g) ?? [];
  const stack: Sexp[][] = [[]];
  for (const token of tokens) {
    const top = stack.at(-1) ?? [];
    if (token.startsWith(';')) continue;
    if (token === '(') stack.push([]);
    else if (token === ')') {
      stack.pop();
      if (stack.length === 0) throw new Error('a bracket too many');
      stack.at(-1)?.push(top);
    } else top.push(token.startsWith('"') ? { quoted: token.slice(1, -1) } : token);
  }
  if (stack.length !== 1) throw new Error('a bracket is not closed');
  return stack[0] ?? [];
}
