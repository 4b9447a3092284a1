/** What a call would do, as the stable JSON of `policy eval`. */
import type { CallAnalysis, Effect } from '../analysis/result.ts';
import type { JsonObject, JsonValue } from '../platform/canonical-json.ts';
import { assertNever } from '../platform/errors.ts';

/**
 * The kinds of effects that there are, each a list (`read`, `write`, `delete`: `{path, at}`; `network`:
 * `{host, class, how}`; `run`: `{what, file}`; `process`: `{target}`), then `concerns` (`{code, says}`), `opaque` (why
 * what runs cannot be known; left out when it can), `undo` and `risk`. Words are those of `analysis/result.ts`.
 */
export function effectsJson(analysis: CallAnalysis): JsonObject {
  const { effects, concerns, opaque, undo, risk } = analysis;
  const kinds: Record<string, JsonValue[]> = {};
  for (const effect of effects) {
    kinds[effect.kind] ??= [];
    kinds[effect.kind]?.push(fieldsOf(effect));
  }
  return {
    ...kinds,
    ...(concerns.length === 0 ? {} : { concerns: concerns.map(({ code, says }) => ({ code, says })) }),
    ...(opaque === null ? {} : { opaque }),
    undo,
    risk,
  };
}

function fieldsOf(effect: Effect): JsonObject {
  switch (effect.kind) {
    case 'read':
    case 'write':
    case 'delete':
      return { path: effect.path, at: effect.at };
    case 'network':
      return { host: effect.host, class: effect.class, how: effect.how };
    case 'run':
      return { what: effect.what, file: effect.file };
    case 'process':
      return { target: effect.target };
    default:
      return assertNever(effect, 'an effect');
  }
}
