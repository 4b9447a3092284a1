/** Clients that come through the agent door: let in at a registered server, or sent away with a line. */

import type { Duplex } from 'node:stream';
import { GatehouseError } from '../../platform/errors.ts';
import type { Peer } from '../../platform/peer.ts';
import { GOVERNED_TOOLS } from '../../platform/server-name.ts';
import { agentText } from '../hooks/agent-text.ts';
import type { Gateways } from './gateways.ts';

/** What the door hands over. Declared here, as this folder needs it. */
export interface Pipe {
  readonly name: string;
  readonly peer: Peer;
  accept(): Duplex;
  refuse(answer: { readonly exit: number; readonly stdout: string; readonly stderr: string }): void;
}

const REFUSED_EXIT = 2;

/** The governed tools, told structurally. */
interface Tools {
  connect(peer: Peer, open: () => Duplex): void;
}

/** Lets a client in, or says in one line why not. Throws only what is a defect, after it has said no. */
export function takePipe(pipe: Pipe, gateways: Gateways, tools: Tools): void {
  try {
    if (pipe.name === GOVERNED_TOOLS) tools.connect(pipe.peer, () => pipe.accept());
    else gateways.connect(pipe.name, pipe.peer, () => pipe.accept());
  } catch (error) {
    const why = error instanceof GatehouseError ? error.message : 'the supervisor failed on it';
    const stderr = `gatehouse: the MCP server was not connected: ${agentText(why)}\n`;
    pipe.refuse({ exit: REFUSED_EXIT, stdout: '', stderr });
    if (!(error instanceof GatehouseError)) throw error;
  }
}
