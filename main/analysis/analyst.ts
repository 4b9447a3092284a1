/** The analysis as others use it: made once, asked for every call. */
import { manifestConcerns } from './manifests.ts';
import type { Place } from './place.ts';
import { knownProgram, strangerProgram } from './programs/registry.ts';
import { asTypedInto } from './programs/typed-into.ts';
import { type CallAnalysis, type Concern, type Effect, riskOf, type SimpleCommand } from './result.ts';
import { Grammar, LONGEST_TEXT } from './shell/grammar.ts';
import { Session } from './shell/session.ts';
import { Shell } from './shell/shell.ts';
import { ShellState } from './shell/state.ts';
import { hasMarks, NOTHING, TAINT, UNKNOWN } from './shell/text.ts';
import { analyseTool, type CallFacts } from './tools.ts';
import { undoOf } from './undo.ts';
import { type WrittenContext, writtenConcerns } from './written/written-code.ts';
import { writtenTexts } from './written/written-texts.ts';

export class Analyst {
  readonly #grammar: Grammar;

  private constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  /**
   * @param grammar absolute path of the grammar's wasm file
   * @throws GatehouseError `no_grammar`
   */
  static async open(grammar: string): Promise<Analyst> {
    return new Analyst(await Grammar.open(grammar));
  }

  /**
   * What a shell text would do when it runs in a place. Never throws: what cannot be taken apart is opaque.
   *
   * @param text the command as an agent gives it
   */
  shell(text: string, place: Place): CallAnalysis {
    this.#grammar.begin();
    return this.#shell(text, place, true);
  }

  /** @param looks whether texts that it puts into files are looked at as what runs later */
  #shell(text: string, place: Place, looks: boolean): CallAnalysis {
    if (text.length > LONGEST_TEXT) return unreadable('it is too long to take apart');
    if (hasMarks(text) || text.includes('\0')) return unreadable('it holds characters that no command has');
    const session = new Session(this.#grammar, place, knownProgram, strangerProgram);
    try {
      const state = new ShellState(place.cwd);
      for (const [name, value] of Object.entries({ HOME: place.home, TMPDIR: '/tmp', IFS: ' \t\n' }))
        state.set(name, { text: value, taint: TAINT.none });
      Shell.run(
        session,
        text.replace(/\r\n/g, '\n'),
        state,
        { span: null, via: [], depth: 0, remote: false },
        place.typed === true ? UNKNOWN : NOTHING,
      );
    } catch {
      return unreadable('it could not be taken apart');
    }
    const made = whole(session, place.typed === true ? session.commands.map(asTypedInto) : session.commands);
    if (!looks) return made;
    const later = session.files
      .texts()
      .flatMap((one) => writtenConcerns({ ...one, before: '' }, this.#context(place)));
    if (later.length === 0) return made;
    const concerns = unlike(made.concerns, later);
    // A command does it: which of them wrote the text is of no matter.
    const commands = made.commands.map((one, index) =>
      index === 0 ? { ...one, concerns: [...one.concerns, ...concerns] } : one,
    );
    return joined([
      { ...made, commands },
      { ...NO_EFFECT, concerns },
    ]);
  }

  #context(place: Place): WrittenContext {
    return { place, shell: (text) => this.#shell(text, place, false) };
  }

  /** What any call would do. Texts that are commands are taken apart, paths and addresses are placed. */
  call(call: CallFacts, place: Place): CallAnalysis {
    this.#grammar.begin();
    const commands = call.parameters.flatMap(({ kind, value }) =>
      kind === 'command' && typeof value === 'string' && value !== '' ? [value] : [],
    );
    for (const { kind, text } of call.hinted)
      if (kind === 'command' && !commands.includes(text)) commands.push(text);
    if (
      call.parameters.some(
        ({ kind, value }) => kind === 'command' && typeof value !== 'string' && (value ?? null) !== null,
      )
    )
      return unreadable('its command is no text');
    if (commands.length === 0) {
      const tool = analyseTool(call, place);
      const context = this.#context(place);
      const later = [
        ...manifestConcerns(call, context.shell),
        ...writtenTexts(call, () => true).flatMap((one) => writtenConcerns(one, context)),
      ];
      return later.length === 0 ? tool : joined([tool, { ...NO_EFFECT, concerns: later }]);
    }
    const parts = commands.map((text) => this.#shell(text, place, true));
    return joined(call.foreign ? [...parts, analyseTool(call, place)] : parts);
  }
}

/** Several analyses of parts of one call as one. */
function joined(parts: readonly CallAnalysis[]): CallAnalysis {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const concerns = parts.flatMap((one) => one.concerns);
  const effects = parts.flatMap((one) => one.effects);
  const tool = parts.find((one) => one.tool !== undefined)?.tool;
  return {
    commands: parts.flatMap((one) => one.commands),
    effects,
    concerns,
    opaque: concerns.find(({ code }) => code === 'opaque')?.says ?? null,
    sets: [...new Set(parts.flatMap((one) => one.sets))].sort(),
    runs: parts.flatMap((one) => one.runs),
    undo: undoOf(concerns, effects),
    risk: riskOf(concerns, effects),
    ...(tool === undefined ? {} : { tool }),
  };
}

/** Those of some concerns that are not known yet, each once. */
function unlike(known: readonly Concern[], more: readonly Concern[]): readonly Concern[] {
  const seen = new Set(known.map(({ code, says }) => `${code}:${says}`));
  return more.filter(({ code, says }) => isNew(seen, `${code}:${says}`));
}

const NO_EFFECT: CallAnalysis = {
  commands: [],
  effects: [],
  concerns: [],
  opaque: null,
  sets: [],
  runs: [],
  undo: 'nothing_to_undo',
  risk: 'low',
};

function unreadable(why: string): CallAnalysis {
  const concerns: readonly Concern[] = [{ code: 'opaque', says: why }];
  return {
    commands: [],
    effects: [],
    concerns,
    opaque: why,
    sets: [],
    runs: [],
    undo: 'unknown',
    risk: 'high',
  };
}

function whole(session: Session, commands: readonly SimpleCommand[]): CallAnalysis {
  const concerns: Concern[] = [];
  const effects: Effect[] = [];
  const seen = new Set<string>();
  if (session.opaque !== null) concerns.push({ code: 'opaque', says: session.opaque });
  for (const command of commands) {
    for (const one of command.concerns) if (isNew(seen, `${one.code}:${one.says}`)) concerns.push(one);
    for (const one of command.effects) if (isNew(seen, JSON.stringify(one))) effects.push(one);
  }
  const opaque = concerns.find(({ code }) => code === 'opaque')?.says ?? null;
  const runs = effects.flatMap((one) => (one.kind === 'run' && one.file !== null ? [one.file] : []));
  return {
    commands,
    effects,
    concerns,
    opaque,
    sets: [...session.sets].sort(),
    runs: [...new Set(runs)],
    undo: undoOf(concerns, effects),
    risk: riskOf(concerns, effects),
  };
}

function isNew(seen: Set<string>, key: string): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
