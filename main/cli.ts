/** The `gatehouse` program on Node: in a checkout. A packed app runs the same words from its own entry. */
import { runWords } from './cli/run-words.ts';

await runWords(process.argv.slice(2), process.env);
