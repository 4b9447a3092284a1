/**
 * What `data_from` follows: the results of some tools, or of reading some paths. A session keeps prints of what
 * they returned, and the condition holds when a piece of it stands in a later call's parameters.
 */
import { isMap } from 'yaml';
import type { Catalog } from '../catalog.ts';
import type { Field } from '../document.ts';
import { isSet, type Reader } from '../reader.ts';
import { pathsOf } from './named-places.ts';
import { pathReadings } from './parameters.ts';
import { compilePathPatterns, type PathPatterns } from './path-patterns.ts';
import type { Subject } from './subject.ts';
import { compileToolNames, type ToolNames } from './tool-names.ts';

export interface DataSource {
  /** Names it for ever: the same words in another version of the policy go on where this one was. */
  readonly label: string;
  readonly tools: ToolNames;
  /** Only what was read from such paths; null for everything. */
  readonly paths: PathPatterns | null;
}

/** Whether a finished call's result is one that the source follows. */
export function isFrom({ tools, paths }: DataSource, catalog: Catalog, subject: Subject): boolean {
  if (!tools.match(subject.module, subject.action)) return false;
  if (paths === null) return true;
  return pathsOf(catalog, subject).some((path) =>
    pathReadings(subject, path).some((reading) => paths.match(reading, subject)),
  );
}

/** `data_from: web.fetch`, a list of tools, or `{ tools: […], paths: […] }`. Null when it was wrong. */
export function compileDataSource(reader: Reader, field: Field, catalog: Catalog): DataSource | null {
  if (!isMap(field.node)) {
    const tools = compileToolNames(reader, field, catalog);
    return tools === null ? null : sourceOf(tools, null);
  }
  const fields = reader.known(field, ['tools', 'paths']);
  if (fields === null || [...fields.keys()].some((key) => key !== 'tools' && key !== 'paths')) return null;
  const [toolsField, pathsField] = [fields.get('tools'), fields.get('paths')];
  if (!isSet(toolsField)) {
    reader.problems.error(field, 'tools is missing; write { tools: [filesystem.read], paths: ["**/.env*"] }');
    return null;
  }
  const tools = compileToolNames(reader, toolsField, catalog);
  const paths = isSet(pathsField) ? compilePathPatterns(reader, pathsField) : null;
  return tools === null || (isSet(pathsField) && paths === null) ? null : sourceOf(tools, paths);
}

function sourceOf(tools: ToolNames, paths: PathPatterns | null): DataSource {
  const names = tools.names?.map(({ module, action }) => `${module ?? '*'}.${action}`).sort() ?? ['*'];
  const label = JSON.stringify([names, paths?.sources ?? null]);
  return Object.freeze({ label, tools, paths });
}
