/**
 * What is known of the tools of each server: as they were when a person last agreed, and as they are now.
 *
 * A tool is told by its server, and its server may tell something else tomorrow. A changed or suspicious text
 * is a concern: whoever asks for the tool, by whatever way, a person is asked first.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type JsonObject, type JsonValue } from '../../platform/canonical-json.ts';
import { canonicalPart } from '../../policy/catalog.ts';
import { descriptionFlag } from './description-flags.ts';
import { isObject } from './json-rpc.ts';
import { NOT_TOOLS } from './pseudo-actions.ts';

/** A tool as its server lists it: the parts that are looked at, and the whole to pass on. */
export interface ListedTool {
  readonly name: string;
  readonly whole: JsonObject;
}

export interface KnownTool {
  readonly name: string;
  readonly description: string;
  /** Of the present text: name, title, description, schemas, annotations. */
  readonly digest: string;
  readonly annotations: JsonObject;
  /** JSON Schema of its parameters; null when it tells none. */
  readonly schema: JsonValue | null;
  /** Why a person is asked whatever the policy says; null when there is no concern. */
  readonly concern: string | null;
  /** The concern is what the text says, not that it is new. */
  readonly flagged: boolean;
}

const Accepted = z.record(z.string(), z.record(z.string(), z.string()));
type Accepted = z.output<typeof Accepted>;

export interface ToolBookStore {
  read(): string | null;
  write(json: string): void;
}

const MAX_TOOLS = 2000;
const TOOL_NAME = /^[\p{L}\p{N}_./:@-]{1,128}$/u;

export class ToolBook {
  readonly #store: ToolBookStore;
  /** Server → tool → digest of the text that was agreed to. */
  readonly #accepted: Accepted;
  /** What was agreed to could not be read: then nothing counts as seen for the first time. */
  readonly #lost: boolean;
  readonly #seen = new Map<string, Map<string, KnownTool>>();
  /** Servers that are listed for the first time since they were registered. */
  readonly #fresh = new Set<string>();
  /** Servers whose whole list is known. */
  readonly #listed = new Set<string>();
  readonly #listeners = new Set<(server: string) => void>();

  constructor(store: ToolBookStore) {
    this.#store = store;
    const text = store.read();
    const accepted = readAccepted(text);
    this.#lost = text !== null && accepted === null;
    this.#accepted = accepted ?? (Object.create(null) as Accepted);
  }

  /**
   * Takes a server's list in. What is listed for the first time is taken as it is, unless it is suspicious.
   *
   * @returns the tools that changed since they were agreed to
   */
  observe(server: string, tools: readonly ListedTool[]): readonly string[] {
    if (this.#accepted[server] === undefined && !this.#lost) this.#fresh.add(server);
    const accepted = this.#acceptedOf(server);
    const first = this.#fresh.has(server);
    const known = this.#seen.get(server) ?? new Map<string, KnownTool>();
    const changed: string[] = [];
    let learned = false;
    for (const tool of tools.slice(0, MAX_TOOLS)) {
      const digest = digestOf(tool.whole);
      const flag = flagOf(tool.whole);
      const agreed = Object.hasOwn(accepted, tool.name) ? accepted[tool.name] : undefined;
      let concern: string | null = null;
      if (agreed !== digest) {
        if (flag !== null) concern = `the text of this tool ${flag}`;
        else if (agreed !== undefined) concern = 'the tool has changed since you last agreed to it';
        else if (!first) concern = 'the server has added this tool since you registered it';
        if (concern === null) {
          accepted[tool.name] = digest;
          learned = true;
        } else if (known.get(tool.name)?.digest !== digest) changed.push(tool.name);
      }
      known.set(tool.name, {
        name: tool.name,
        description: textOf(tool.whole['description']),
        digest,
        annotations: annotationsOf(tool.whole),
        schema: tool.whole['inputSchema'] ?? null,
        concern,
        flagged: concern !== null && flag !== null,
      });
    }
    this.#seen.set(server, known);
    if (learned) this.#save();
    if (changed.length > 0 || learned) this.#tell(server);
    return changed;
  }

  /** The tools that a server has listed since we run. */
  tools(server: string): readonly KnownTool[] {
    return [...(this.#seen.get(server)?.values() ?? [])];
  }

  /** Every tool of the server has been observed: what is not among them does not exist. */
  listed(server: string): void {
    this.#listed.add(server);
    this.#fresh.delete(server);
  }

  /** Why a person must be asked about a call of this tool; null when nothing speaks against it. Names canonical. */
  concern(module: string, action: string): { readonly tool: string; readonly text: string } | null {
    if (!module.startsWith('mcp_')) return null;
    const server = module.slice('mcp_'.length);
    const named = this.tools(server).filter(({ name }) => canonicalPart(name) === action);
    const worrying = named.find(({ concern }) => concern !== null);
    if (worrying !== undefined) return { tool: worrying.name, text: worrying.concern ?? '' };
    const unlisted = named.length === 0 && this.#listed.has(server) && !NOT_TOOLS.has(action);
    return unlisted ? { tool: action, text: 'its server does not list this tool' } : null;
  }

  /** Which text the tools of that name have now; null when none is known. Names canonical. */
  text(module: string, action: string): string | null {
    if (!module.startsWith('mcp_')) return null;
    const named = this.tools(module.slice('mcp_'.length)).filter(
      ({ name }) => canonicalPart(name) === action,
    );
    return named.length === 0 ? null : named.map(({ digest }) => digest).join(' ');
  }

  /** JSON Schemas of the parameters of the tools of that name; none when nothing is known. Names canonical. */
  schemas(module: string, action: string): readonly JsonValue[] {
    if (!module.startsWith('mcp_')) return [];
    return this.tools(module.slice('mcp_'.length)).flatMap(({ name, schema }) =>
      canonicalPart(name) === action && schema !== null ? [schema] : [],
    );
  }

  /**
   * The name that a tool has at its server, and whether the server itself says that it changes something; null when
   * no such tool is listed, or several are. Names canonical.
   */
  told(
    module: string,
    action: string,
  ): { readonly name: string; readonly changes: boolean; readonly agreed: boolean } | null {
    const [tool, other] = this.tools(module.slice('mcp_'.length)).filter(
      ({ name }) => canonicalPart(name) === action,
    );
    if (!module.startsWith('mcp_') || tool === undefined || other !== undefined) return null;
    const { readOnlyHint, destructiveHint } = tool.annotations as Record<string, JsonValue>;
    return {
      name: tool.name,
      changes: readOnlyHint === false || destructiveHint === true,
      agreed: tool.concern === null,
    };
  }

  /** A person said yes to a call of a changed or new tool. A suspicious text is only agreed to on the page. */
  agreed(module: string, action: string): void {
    if (!module.startsWith('mcp_')) return;
    const server = module.slice('mcp_'.length);
    for (const tool of this.tools(server)) {
      if (canonicalPart(tool.name) === action && tool.concern !== null && !tool.flagged)
        this.accept(server, tool.name);
    }
  }

  /** A person has agreed to the tool as it is now. */
  accept(server: string, name: string): boolean {
    const tool = this.#seen.get(server)?.get(name);
    if (tool === undefined) return false;
    this.#acceptedOf(server)[name] = tool.digest;
    this.#seen.get(server)?.set(name, { ...tool, concern: null, flagged: false });
    this.#save();
    this.#tell(server);
    return true;
  }

  forget(server: string): void {
    delete this.#accepted[server];
    this.#seen.delete(server);
    this.#listed.delete(server);
    this.#fresh.delete(server);
    this.#save();
  }

  onChange(listener: (server: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #acceptedOf(server: string): Record<string, string> {
    const known = this.#accepted[server];
    if (known !== undefined) return known;
    const made = Object.create(null) as Record<string, string>;
    this.#accepted[server] = made;
    return made;
  }

  #save(): void {
    this.#store.write(JSON.stringify(this.#accepted));
  }

  #tell(server: string): void {
    for (const listener of this.#listeners) listener(server);
  }
}

/** The tools of a `tools/list` result; what has no usable name is left out. */
export function listedTools(result: JsonObject): readonly ListedTool[] {
  const tools = result['tools'];
  if (!Array.isArray(tools)) return [];
  return (tools as readonly JsonValue[]).flatMap((tool): ListedTool[] => {
    if (!isObject(tool)) return [];
    const whole = tool as JsonObject;
    const name = whole['name'];
    return typeof name === 'string' && TOOL_NAME.test(name) && hasDigest(whole) ? [{ name, whole }] : [];
  });
}

function hasDigest(tool: JsonObject): boolean {
  try {
    digestOf(tool);
    return true;
  } catch {
    return false;
  }
}

function digestOf(tool: JsonObject): string {
  const { name, title, description, inputSchema, outputSchema, annotations } = tool as Record<
    string,
    JsonValue
  >;
  const part = Object.fromEntries(
    Object.entries({ name, title, description, inputSchema, outputSchema, annotations }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as JsonObject;
  return createHash('sha256').update('gatehouse-tool-v1\n').update(canonicalJson(part)).digest('hex');
}

function flagOf(tool: JsonObject): string | null {
  return descriptionFlag([
    tool['title'],
    tool['description'],
    tool['inputSchema'],
    tool['outputSchema'],
    tool['annotations'],
  ]);
}

function annotationsOf(tool: JsonObject): JsonObject {
  const annotations = tool['annotations'];
  return isObject(annotations) ? (annotations as JsonObject) : {};
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.slice(0, 2000) : '';
}

function readAccepted(text: string | null): Accepted | null {
  if (text === null) return null;
  try {
    return Object.assign(Object.create(null) as Accepted, Accepted.parse(JSON.parse(text)));
  } catch {
    return null;
  }
}
