/** The OpenAPI 3.1 document, made from the routes: what is served is what is checked. */
import { z } from 'zod';
import { ERROR_CODES } from './api-error.ts';
import { EventSchema } from './event-schema.ts';
import type { Route } from './route.ts';

type Json = { [key: string]: unknown };

const ErrorSchema = z
  .object({
    error: z.object({
      code: z.enum(ERROR_CODES),
      message: z.string(),
      retry_after_seconds: z.number().optional(),
    }),
    call: z.unknown().optional().meta({ description: 'With a refused call: where it stands.' }),
  })
  .meta({ id: 'Error' });

const StreamMessage = z
  .union([
    z.object({ type: z.literal('ready'), app_id: z.string(), since_seq: z.int().nonnegative() }),
    EventSchema,
  ])
  .meta({ id: 'StreamMessage' });

export const STREAM_PATH = '/api/apps/{app_id}/stream';

/** @param version Gatehouse's own */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const schemas: Json = {};
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => componentOf(schema, io, schemas);
  const failure = {
    description: 'Refused. The body says why; no call may run.',
    content: { 'application/json': { schema: schemaOf(ErrorSchema, 'output') } },
  };
  const paths: { [path: string]: Json } = {};
  for (const route of routes) {
    const responses: Json = {};
    for (const [status, { description, schema }] of Object.entries(route.responses))
      responses[status] =
        schema === null
          ? { description }
          : { description, content: { 'application/json': { schema: schemaOf(schema, 'output') } } };
    responses['default'] = failure;
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: {
        operationId: route.id,
        summary: route.summary,
        security: route.scope === null ? [] : [{ token: [route.scope] }],
        ...parametersOf(route, (schema) => schemaOf(schema, 'input')),
        ...(route.body === null
          ? {}
          : {
              requestBody: {
                required: true,
                content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
              },
            }),
        responses,
      },
    };
  }
  paths[STREAM_PATH] = streamPath(failure);
  schemaOf(StreamMessage, 'output');
  return {
    openapi: '3.1.1',
    info: {
      title: 'Gatehouse',
      version,
      summary: 'Ask for tool calls, watch them, and answer what waits.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This computer only, at 127.0.0.1.' }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Scopes: `submit`, `watch`, `decide`. The last one is made in the page only.',
        },
      },
    },
  };
}

function streamPath(failure: unknown): Json {
  return {
    get: {
      operationId: 'stream',
      summary: 'Events of a project over WebSocket, each once and in order.',
      description:
        'Upgrade to WebSocket. The first message is `ready`, every further one an event: see the schema StreamMessage. After a lost connection come again with the seq of the last event as since_seq.',
      security: [{ token: ['watch'] }],
      parameters: [
        pathParameter('app_id'),
        {
          name: 'since_seq',
          in: 'query',
          required: false,
          description: 'Events with a higher seq are sent; only new ones when it is left out.',
          schema: { type: 'integer', minimum: 0 },
        },
        {
          name: 'session_id',
          in: 'query',
          required: false,
          description: 'Events of one session only.',
          schema: { type: 'string' },
        },
      ],
      responses: { '101': { description: 'Switches to WebSocket.' }, default: failure },
    },
  };
}

function parametersOf(route: Route, schemaOf: (schema: z.ZodType) => Json): Json {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const query = Object.entries(route.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType);
    return {
      name,
      in: 'query',
      required: false,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
  const parameters = [...names.map(pathParameter), ...query];
  return parameters.length === 0 ? {} : { parameters };
}

function pathParameter(name: string): Json {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

/** A schema with its named parts moved to the document's components. */
function componentOf(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const { $schema: _draft, $defs, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Json;
  for (const [name, part] of Object.entries(($defs ?? {}) as Json)) components[name] = moved(part);
  return moved(rest) as Json;
}

function moved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === '$ref' && typeof part === 'string'
        ? part.replace('#/$defs/', '#/components/schemas/')
        : moved(part),
    ]),
  );
}
