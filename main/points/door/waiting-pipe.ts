/**
 * A connection that wants to become a pipe, until it is one.
 *
 * Nothing of it is read meanwhile: what a client sends before it is let in stays in the stream's own buffer and
 * the kernel's, and is the first that the pipe's owner reads.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatehouseError } from '../../platform/errors.ts';
import { encodePipe, type PipeHeader } from '../../platform/framing.ts';
import type { Peer } from '../../platform/peer.ts';
import type { DoorAnswer, DoorPipe } from './door-request.ts';

/** What a pipe needs of its connection. */
export interface PipeHouse {
  /** Ends the wait, for the stream to begin; false when it has ended already. */
  begin(): boolean;
  refuse(answer: DoorAnswer): void;
}

export class WaitingPipe {
  readonly #socket: Socket;
  /** Lets the end of the stream show where nothing came before it. */
  readonly #look = () => void this.#socket.read(0);

  /** The socket's `data` listeners must be gone. */
  constructor(socket: Socket) {
    this.#socket = socket;
    // A listener of this kind, unlike pause(), leaves no mark on a stream that its next owner would have to lift.
    socket.on('readable', this.#look);
  }

  /** Bytes that came with the header. */
  putBack(bytes: Buffer): void {
    this.#socket.unshift(bytes);
  }

  /** It will not become a pipe: what still comes is thrown away. */
  drain(): void {
    this.#socket.removeListener('readable', this.#look);
    this.#socket.resume();
  }

  /** What the door's owner gets. */
  offer(header: PipeHeader, peer: Peer, signal: AbortSignal, house: PipeHouse): DoorPipe {
    return {
      kind: header.kind,
      name: header.server,
      peer,
      signal,
      refuse: (answer) => house.refuse(answer),
      accept: (): Duplex => {
        if (!house.begin())
          throw new GatehouseError('pipe_settled', `the pipe to ${header.server} cannot be opened any more`);
        this.#socket.removeListener('readable', this.#look);
        this.#socket.write(encodePipe(header.nonce));
        return this.#socket;
      },
    };
  }
}
