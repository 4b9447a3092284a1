/** Conditions on where a call reaches: paths, hosts, commands, and how strongly its session is enforced. */
import { isMap, isScalar } from 'yaml';
import { type Catalog, kindOfParam } from '../catalog.ts';
import { explain, quoted } from '../diagnostic.ts';
import type { Field } from '../document.ts';
import { isSet, type Reader } from '../reader.ts';
import { flagOf } from './call-conditions.ts';
import type { ConditionCompiler } from './compile-condition.ts';
import { type Condition, condition, saying } from './condition.ts';
import { hostMatches, hostOf, hostPattern } from './hosts.ts';
import { addressesOf, MOST_PLACES, pathsOf } from './named-places.ts';
import { aliasesOf, canonicalPath, pathReadings, textOfValue, valuesOf } from './parameters.ts';
import { compilePathPatterns } from './path-patterns.ts';
import { enough, type Quantifier } from './scope.ts';
import { CALL_CLASSES, type Enforcement, type Subject } from './subject.ts';
import { targetOf } from './targets.ts';

const LEVELS: readonly Enforcement[] = ['none', 'standard', 'strict', 'maximum'];
/** What `sandboxed` may ask for, besides yes and no. */
export const SANDBOXED_LEVELS = LEVELS.slice(1);

/** `x`, a list of them, or `{ param, <key>: … }`: the part that says what, and the parameter when one is named. */
function withParam(
  reader: Reader,
  field: Field,
  key: string,
): { readonly what: Field; readonly param: string | null } | null {
  if (!isMap(field.node)) return { what: field, param: null };
  const fields = reader.known(field, ['param', key]);
  if (fields === null || [...fields.keys()].some((name) => name !== 'param' && name !== key)) return null;
  const [what, param] = [fields.get(key), fields.get('param')];
  if (!isSet(what)) {
    reader.problems.error(field, `${key} is missing; write { param: …, ${key}: … }`);
    return null;
  }
  const name = param === undefined ? null : reader.text(param);
  if (name === '') reader.problems.error(param ?? field, 'names no parameter');
  return name === '' || (param !== undefined && name === null) ? null : { what, param: name };
}

function textsOf(
  reader: Reader,
  field: Field,
): readonly { readonly value: string; readonly field: Field }[] | null {
  const single = isScalar(field.node) && typeof field.node.value === 'string';
  const texts = single ? [{ value: reader.text(field) ?? '', field }] : reader.texts(field);
  if (texts?.length === 0) reader.problems.error(field, 'names nothing');
  return texts?.length === 0 ? null : texts;
}

/** Under any of the names by which the tool takes the parameter. */
function namedTexts(catalog: Catalog, { module, action, params }: Subject, name: string): readonly string[] {
  return aliasesOf(catalog.action(module, action), name)
    .flatMap((alias) => valuesOf(params, alias))
    .map(textOfValue)
    .filter((text) => text !== '');
}

const sandboxedAtAll = flagOf(
  saying(
    condition(({ enforcement }) => enforcement !== 'none'),
    'the session is sandboxed',
  ),
);

/** A target of the call is there already. */
export function targetExists(quantifier: Quantifier): Condition {
  return saying(
    condition(
      (subject) => {
        const found = placesOf(subject).map((place) => subject.disk.exists(place));
        const settles = quantifier === 'any';
        if (found.includes(settles)) return settles;
        return found.includes(null) ? null : found.length > 0 && !settles;
      },
      { disk: true },
    ),
    'the target is on the disk',
  );
}

/** Where the target of a call would be, if it is a file. */
function placesOf(subject: Subject): readonly string[] {
  const target = targetOf(subject.params);
  return target === '' || /^[a-z][a-z\d+.-]+:\/\//i.test(target) ? [] : [canonicalPath(target, subject)];
}

export const placeConditions: Readonly<Record<string, ConditionCompiler>> = {
  path_matches: (reader, field, { catalog, quantifier }) => {
    const given = withParam(reader, field, 'pattern');
    const patterns = given === null ? null : compilePathPatterns(reader, given.what);
    if (given === null || patterns === null) return null;
    const { param } = given;
    return condition(
      (subject) => {
        const paths = param === null ? pathsOf(catalog, subject) : namedTexts(catalog, subject, param);
        // Where links of the rest lead has not been looked up.
        if (quantifier === 'every' && paths.length > MOST_PLACES) return false;
        return enough(quantifier, paths, (path) =>
          enough(quantifier, pathReadings(subject, path), (reading) => patterns.match(reading, subject)),
        );
      },
      { disk: true },
    );
  },
  domain_matches: (reader, field, { catalog, quantifier }) => {
    const given = withParam(reader, field, 'domain');
    const texts = given === null ? null : textsOf(reader, given.what);
    if (given === null || texts === null) return null;
    const patterns = texts.map(({ value, field: at }) => {
      const pattern = hostPattern(value);
      if (pattern === null)
        reader.problems.error(
          at,
          `${quoted(value)} is no host; write example.com, *.example.com or an IP address`,
        );
      return pattern;
    });
    if (patterns.includes(null)) return null;
    const hosts = patterns.flatMap((pattern) => pattern ?? []);
    const { param } = given;
    return condition((subject) => {
      const addresses = param === null ? addressesOf(catalog, subject) : namedTexts(catalog, subject, param);
      return enough(quantifier, addresses, (address) => {
        const host = hostOf(address);
        // An address that nobody can read may lead anywhere.
        if (host === null) return quantifier === 'any';
        return hosts.some((pattern) => hostMatches(pattern, host));
      });
    });
  },
  command_is: (reader, field, { commands, quantifier, catalog }) => {
    const texts = textsOf(reader, field);
    if (texts === null) return null;
    if (!commands) {
      reader.problems.error(
        field,
        'command_is needs the analysis of shell commands, which this version does not have; use param_matches, or remove the entry',
      );
      return null;
    }
    const empty = texts.find(({ value }) => value.trim() === '');
    if (empty !== undefined) {
      reader.problems.error(empty.field, 'names no command');
      return null;
    }
    const wanted = texts.map(({ value }) => value.trim());
    return condition((subject) => {
      const view = subject.commands;
      if (view?.fits === undefined) return null;
      // A list may be words of one command or several commands: nobody knows which.
      if (hasUnreadCommand(catalog, subject)) return quantifier === 'any';
      return enough(quantifier, commandsOf(catalog, subject), (text) => {
        const found = view.fits?.(text, wanted, subject) ?? 'opaque';
        return quantifier === 'every' ? found === 'all' : found !== 'none';
      });
    });
  },
  call_is: (reader, field, { commands, quantifier }) => {
    const texts = textsOf(reader, field);
    if (texts === null) return null;
    if (!commands) {
      reader.problems.error(
        field,
        'call_is needs the analysis of calls, which this version does not have; use param_matches or path_matches, or remove the entry',
      );
      return null;
    }
    const empty = texts.find(({ value }) => value === '');
    if (empty !== undefined) reader.problems.error(empty.field, explain('names no class', CALL_CLASSES));
    const wanted = texts.flatMap(({ field: at }) => reader.choice(at, CALL_CLASSES) ?? []);
    if (wanted.length < texts.length) return null;
    return condition((subject) => {
      // What the analysis says is about a call that has not run; a text is none.
      if (subject.phase === 'text' || subject.commands?.callFits === undefined) return null;
      const found = subject.commands.callFits(subject, wanted);
      return quantifier === 'every' ? found === 'all' : found !== 'none';
    });
  },
  target_exists_on_disk: (reader, field, scope) =>
    flagOf(targetExists(scope.quantifier))(reader, field, scope),
  sandboxed: (reader, field, scope) => {
    if (isScalar(field.node) && typeof field.node.value === 'boolean')
      return sandboxedAtAll(reader, field, scope);
    const level = reader.choice(field, SANDBOXED_LEVELS);
    if (level === null) {
      if (isScalar(field.node) && field.node.value === '')
        reader.problems.error(field, explain('names no level', SANDBOXED_LEVELS));
      return null;
    }
    const least = LEVELS.indexOf(level);
    return condition(({ enforcement }) => LEVELS.indexOf(enforcement) >= least);
  },
};

function commandsOf(catalog: Catalog, { module, action, params }: Subject): readonly string[] {
  const spec = catalog.action(module, action);
  return Object.keys(params).flatMap((name) =>
    valuesOf(params, name).flatMap((value) =>
      typeof value === 'string' && value !== '' && kindOfParam(spec, name, value) === 'command'
        ? [value]
        : [],
    ),
  );
}

/** A parameter that is to hold a command, and holds no text. */
function hasUnreadCommand(catalog: Catalog, { module, action, params }: Subject): boolean {
  const spec = catalog.action(module, action);
  return Object.entries(params).some(
    ([name, value]) =>
      typeof value !== 'string' && value !== null && kindOfParam(spec, name, '') === 'command',
  );
}
