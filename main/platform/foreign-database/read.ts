/** Texts of a database that an agent wrote. Nothing of it is opened in this process. */
import type { ChildHost } from '../child-host.ts';
import { ForeignAnswer, type ForeignQuestion } from './answers.ts';

/** A sound database of the largest size is read in a part of it, on a slow computer. */
const LONGEST_MS = 20_000;

/** What cannot be read, or takes too long, is an answer that is not whole. Nothing is thrown. */
export function readForeign(children: ChildHost, question: ForeignQuestion): Promise<ForeignAnswer> {
  return new Promise((resolve) => {
    const child = children.start('foreign-database');
    const end = (answer: ForeignAnswer) => {
      clearTimeout(timer);
      resolve(answer);
      child.kill();
    };
    const nothing: ForeignAnswer = { texts: [], whole: false };
    const timer = setTimeout(() => end(nothing), LONGEST_MS);
    child.onMessage((message) => {
      const answer = ForeignAnswer.safeParse(message);
      end(answer.success ? answer.data : nothing);
    });
    child.onExit(() => end(nothing));
    child.send(question);
  });
}
