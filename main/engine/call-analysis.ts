/** What a call would do, looked up once for each call: the engine, its rules and the card ask for the same one. */
import type { Analyst } from '../analysis/analyst.ts';
import { callFitOf, fitOf } from '../analysis/command-words.ts';
import type { CallAnalysis } from '../analysis/result.ts';
import type { JsonObject } from '../platform/canonical-json.ts';
import { canonicalCall } from '../policy/catalog.ts';
import type { CommandView } from '../policy/conditions/subject.ts';
import { BrowserPages } from './browser-pages.ts';
import { factsOf, NO_SERVERS, type ServerTools } from './call-facts.ts';
import { MadeFiles } from './made-files.ts';
import type { ToolCall } from './tool-call.ts';

type Asked = Pick<ToolCall, 'module' | 'action' | 'params' | 'cwd' | 'app'> &
  Partial<Pick<ToolCall, 'client' | 'routed'>>;
type AskedPlace = Pick<Asked, 'cwd' | 'app' | 'client'>;

/** Clients whose agents may type into a program that runs, and whose hooks tell nobody. */
const TYPING_CLIENTS: ReadonlySet<string> = new Set(['codex']);

/** Texts of commands that are kept per place. */
const MOST_TEXTS = 200;

export class CallAnalyses {
  readonly #analyst: Analyst;
  readonly #home: string;
  readonly #servers: ServerTools;
  readonly #known = new WeakMap<JsonObject, CallAnalysis>();
  readonly #texts = new Map<string, CallAnalysis>();
  readonly #made = new MadeFiles();
  readonly #pages = new BrowserPages();

  /**
   * @param home the person's home folder, absolute
   * @param servers what is known of the tools of servers; left out where none is connected
   */
  constructor(analyst: Analyst, home: string, servers: ServerTools = NO_SERVERS) {
    this.#analyst = analyst;
    this.#home = home;
    this.#servers = servers;
  }

  of(call: Asked): CallAnalysis {
    const known = this.#known.get(call.params);
    if (known !== undefined) return known;
    const { module, action } = canonicalCall(call.module, call.action);
    const made = this.#analyst.call(
      factsOf(module, action, call.params, this.#servers, call.routed !== false),
      this.#placeOf(call),
    );
    this.#known.set(call.params, made);
    return made;
  }

  /** A call was let through: what it writes later calls may run. */
  released(call: Asked): void {
    const isWhole = call.module === 'filesystem' && call.action === 'write';
    this.#made.note(call.app, this.of(call), isWhole);
    this.#pages.note(call.app, call.module, this.of(call));
  }

  /** What policies ask about commands, whoever answers for their form. */
  view(forms: Pick<CommandView, 'formOf'>): CommandView {
    return {
      formOf: (text) => forms.formOf(text),
      fits: (text, wanted, place) => this.fits(text, wanted, place),
      callFits: (call, wanted) => callFitOf(this.of(call), wanted),
    };
  }

  /** Whether the commands of a text fit the words of a policy, in the place of a call. */
  fits(text: string, wanted: readonly string[], place: AskedPlace): 'all' | 'some' | 'none' | 'opaque' {
    const typed = TYPING_CLIENTS.has(place.client ?? '');
    const key = `${place.cwd}\n${place.app}\n${this.#made.revision(place.app)}\n${typed}\n${text}`;
    let analysis = this.#texts.get(key);
    if (analysis === undefined) {
      analysis = this.#analyst.shell(text, this.#placeOf(place));
      if (this.#texts.size >= MOST_TEXTS) this.#texts.clear();
      this.#texts.set(key, analysis);
    }
    return fitOf(analysis, wanted);
  }

  #placeOf({ cwd, app, client }: AskedPlace) {
    return {
      cwd,
      workspace: app,
      home: this.#home,
      typed: TYPING_CLIENTS.has(client ?? ''),
      made: (path: string) => this.#made.of(app, path),
      onOwnPage: (module: string) => this.#pages.isOwn(app, module),
    };
  }
}
