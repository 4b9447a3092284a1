/** Actions of a server that are not its tools; rules name them like any other. */
export const READ_RESOURCE = 'read_resource';
export const GET_PROMPT = 'get_prompt';
/** The server wants the client's model to write something. */
export const SAMPLE = 'sampling';

/** The server is to be started with credentials of the vault's in its hands. */
export const USE_CREDENTIAL = 'use_credential';

export const NOT_TOOLS: ReadonlySet<string> = new Set([READ_RESOURCE, GET_PROMPT, SAMPLE, USE_CREDENTIAL]);
