/** The words in which policies and the analysis of calls speak of what a call would do. */

/**
 * Why a call deserves a look. A policy names these words.
 *
 * - `opaque`: what runs cannot be known before it runs
 * - `destroys`: something is lost that no undo brings back
 * - `remote_code`: runs text that came from the network or out of an encoding
 * - `remote_shell`: gives a shell to, or takes one from, another machine
 * - `secret`: reads credentials, keys, histories or private data
 * - `sends`: moves data to another machine
 * - `persistence`: changes what runs later without a question
 * - `agent_config`: changes what steers an agent
 * - `privilege`: gains rights
 * - `tampering`: weakens protection or removes traces
 * - `system`: changes the machine outside the project
 * - `outside_write`: writes files outside the project
 * - `outside_code`: runs a program of unknown origin
 * - `service`: changes something in a cluster, cloud, registry or database
 * - `metadata`: talks to a cloud's metadata address
 * - `private_host`: talks to a host inside the network
 * - `attack_tool`: a program made for attacks
 */
export const CONCERN_CODES = [
  'opaque',
  'destroys',
  'remote_code',
  'remote_shell',
  'secret',
  'sends',
  'persistence',
  'agent_config',
  'privilege',
  'tampering',
  'system',
  'outside_write',
  'outside_code',
  'service',
  'metadata',
  'private_host',
  'attack_tool',
] as const;

export type ConcernCode = (typeof CONCERN_CODES)[number];
