/** Lists as the client may see them: what it could never call is not in them. */
import type { JsonObject, JsonValue } from '../../platform/canonical-json.ts';
import { canonicalPart } from '../../policy/catalog.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { GET_PROMPT, READ_RESOURCE } from './pseudo-actions.ts';
import { listedTools } from './tool-book.ts';

/** Shortens the result of a list method. What the server tells of its tools is taken in first. */
export function shortened(
  method: string,
  result: JsonObject,
  parts: Pick<GatewayParts, 'observe' | 'visible'>,
): JsonObject {
  switch (method) {
    case 'tools/list': {
      const tools = listedTools(result);
      parts.observe(tools);
      const shown = tools
        .filter(({ name }) => parts.visible(canonicalPart(name)))
        .map(({ whole }): JsonValue => whole);
      return { ...result, tools: shown };
    }
    case 'resources/list':
      return parts.visible(READ_RESOURCE) ? result : { ...result, resources: [] };
    case 'resources/templates/list':
      return parts.visible(READ_RESOURCE) ? result : { ...result, resourceTemplates: [] };
    case 'prompts/list':
      return parts.visible(GET_PROMPT) ? result : { ...result, prompts: [] };
    default:
      // A list that is not known is not passed on.
      return {};
  }
}
