import { expect, it } from 'vitest';
import { Grammar } from '../../main/analysis/shell/grammar.ts';
import { GRAMMAR, openAnalyst, PLACE } from '../support/analyst.ts';

/** Follows no grammar at any place: what the parser tries to make of it costs seconds of the processor. */
const DEAR = '![a]('.repeat(12_000);

it('the parser has its time once for a call, and what follows is not read', async () => {
  const grammar = await Grammar.open(GRAMMAR);
  grammar.begin();
  expect(grammar.parse('true')).not.toBeNull();
  expect(grammar.parse(DEAR)).toBeNull();
  expect(grammar.parse('true')).toBeNull();
  grammar.begin();
  expect(grammar.parse('true')).not.toBeNull();
});

it('a text that takes the parser too long is opaque, and the next call is read', async () => {
  const analyst = await openAnalyst();
  expect(analyst.shell(DEAR, PLACE).opaque).not.toBeNull();
  expect(analyst.shell('git status', PLACE).opaque).toBeNull();
});
