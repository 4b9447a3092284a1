/** Codex's words for how a server is started or reached, in those of the other clients. */
import { z } from 'zod';
import type { VariableFiller } from './entry-variables.ts';

const Texts = z.record(z.string(), z.string());

/** `env_vars` and `env_http_headers` name variables of Codex's own environment; times are seconds. */
const CodexWay = z.object({
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  env: Texts.optional(),
  env_vars: z
    .array(z.union([z.string(), z.object({ name: z.string(), source: z.literal('local').optional() })]))
    .optional(),
  cwd: z.string().optional(),
  url: z.string().optional(),
  bearer_token_env_var: z.string().optional(),
  http_headers: Texts.optional(),
  env_http_headers: Texts.optional(),
  tool_timeout_sec: z.number().optional(),
});

/** The entry with its names of variables replaced by their values; what is not set is in the filler's `missing`. */
export function codexWay(record: unknown, filler: VariableFiller) {
  return CodexWay.transform((way) => {
    const headers: Record<string, string> = { ...way.http_headers };
    for (const [header, name] of Object.entries(way.env_http_headers ?? {})) {
      const value = filler.named(name);
      if (value !== null) headers[header] = value;
    }
    if (way.bearer_token_env_var !== undefined)
      headers['Authorization'] = `Bearer ${filler.need(way.bearer_token_env_var)}`;
    const env: Record<string, string> = {};
    for (const item of way.env_vars ?? []) {
      const name = typeof item === 'string' ? item : item.name;
      const value = filler.named(name);
      if (value !== null) env[name] = value;
    }
    return {
      ...(way.command === undefined ? {} : { command: way.command }),
      ...(way.args === undefined ? {} : { args: way.args }),
      ...(way.cwd === undefined ? {} : { cwd: way.cwd }),
      ...(way.url === undefined ? {} : { url: way.url }),
      env: { ...env, ...way.env },
      headers,
      ...(way.tool_timeout_sec === undefined ? {} : { timeout: way.tool_timeout_sec * 1000 }),
    };
  }).safeParse(record);
}
