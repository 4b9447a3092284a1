import { beforeAll, describe, expect, it } from 'vitest';
import { effectsView, marksOf } from '../../main/app/views/effects-view.ts';
import { CallAnalyses } from '../../main/engine/call-analysis.ts';
import { Effects } from '../../preload/contract.ts';
import { bash, callOf, HOME } from '../engine/calls.ts';
import { openAnalyst } from '../support/analyst.ts';

let analyses: CallAnalyses;
beforeAll(async () => {
  analyses = new CallAnalyses(await openAnalyst(), HOME);
});

const cells = (call: ReturnType<typeof bash>) => {
  const effects = Effects.parse(effectsView(analyses.of(call), call.app, HOME));
  if (!effects.known) throw new Error(effects.reason);
  return new Map(effects.cells.map((cell) => [cell.label, cell]));
};

describe('what a call would do, on the card', () => {
  it('tells inside from outside, what is lost and what can be undone', () => {
    const seen = cells(bash('rm -r src && cp a.txt ~/b.txt'));
    expect(seen.get('In the project')).toMatchObject({ text: 'Deletes 1 path, reads 1 path', tone: 'plain' });
    expect(seen.get('Outside the project')).toMatchObject({
      tone: 'flagged',
      detail: '~/b.txt, ~/b.txt/a.txt',
    });
    expect(seen.get('Lost')).toMatchObject({ text: 'Deletes src', tone: 'destructive' });
    expect(seen.get('Undo')).toMatchObject({ text: 'No', tone: 'destructive' });
  });

  it('is calm where nothing happens', () => {
    const seen = cells(bash('git status'));
    expect([...seen.values()].every(({ tone }) => tone === 'plain')).toBe(true);
    expect(seen.get('Undo')?.text).toBe('Nothing to undo');
  });

  it('names hosts, and tells this machine from others', () => {
    expect(cells(bash('curl -s localhost:3000/x')).get('Network')).toMatchObject({ tone: 'plain' });
    expect(cells(bash('curl -s https://example.com/x')).get('Network')).toMatchObject({
      tone: 'flagged',
      detail: 'example.com',
    });
    expect(
      cells(callOf('web.fetch', { url: 'http://169.254.169.254/' })).get('Machine metadata'),
    ).toBeDefined();
  });

  it('says what cannot be known, as something to look at', () => {
    expect(cells(bash('eval "$X"')).get('Not known before it runs')).toMatchObject({ tone: 'flagged' });
  });

  it('says it of files that other tools write', () => {
    expect(
      cells(callOf('filesystem.write', { file_path: '.mcp.json', content: '{}' })).get('Steers an agent'),
    ).toBeDefined();
  });
});

describe('the parts of a command', () => {
  const marks = (text: string) =>
    marksOf(analyses.of(bash(text)), text).map(
      ({ start, end, undecided }) => `${undecided ? '!' : ' '}${text.slice(start, end)}`,
    );

  it('are marked where something speaks against one of them', () => {
    expect(marks('git fetch && git push --force; echo done')).toEqual([
      ' git fetch',
      '!git push --force',
      ' echo done',
    ]);
  });

  it('are not marked where nothing does: then all of it is to be looked at', () => {
    expect(marks('make && ls')).toEqual([]);
  });

  it('never overlap, and lie inside the text', () => {
    for (const text of [
      'echo "$(rm -r ~)" x',
      'sudo sh -c "rm -r ~; ls" && ls',
      '(cd / && rm -r *)',
      'ls <<X\n$(rm -r ~)\nX',
    ]) {
      const found = marksOf(analyses.of(bash(text)), text);
      expect(found.length).toBeGreaterThan(0);
      for (const [index, { start, end }] of found.entries()) {
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(text.length);
        expect(start).toBeGreaterThanOrEqual(found[index - 1]?.end ?? 0);
      }
      expect(found.some(({ undecided }) => undecided)).toBe(true);
    }
  });
});
