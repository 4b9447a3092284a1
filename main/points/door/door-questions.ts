/** Questions to the person at a client's terminal: one at a time, in the order they were put. */
import type { Socket } from 'node:net';
import { encodeQuestion } from '../../platform/framing.ts';

export class DoorQuestions {
  readonly #socket: Socket;
  readonly #mayAsk: () => boolean;
  #asked: ((text: string | null) => void) | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** @param mayAsk  whether someone is there who can still answer */
  constructor(socket: Socket, mayAsk: () => boolean) {
    this.#socket = socket;
    this.#mayAsk = mayAsk;
  }

  /** What the person typed; null for nothing, or when nobody can be asked. */
  ask(prompt: string): Promise<string | null> {
    const answer = this.#last.then(async () => {
      if (!this.#mayAsk()) return null;
      const frame = encodeQuestion(prompt);
      const { promise, resolve } = Promise.withResolvers<string | null>();
      this.#asked = resolve;
      this.#socket.write(frame);
      return promise;
    });
    this.#last = answer.catch(() => null);
    return answer;
  }

  /** Takes an answer, null when none will come. False when no question is open. */
  answer(text: string | null): boolean {
    const asked = this.#asked;
    this.#asked = null;
    asked?.(text === '' ? null : text);
    return asked !== null;
  }
}
