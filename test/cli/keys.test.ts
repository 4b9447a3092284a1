import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEAD_TIME_MS } from '../../main/app/pages.ts';
import { nextKey } from '../../main/cli/keys.ts';

/** A terminal of which only what is typed is real. */
function terminal(): { input: NodeJS.ReadStream; modes: boolean[]; types(text: string): Promise<void> } {
  const stream = new PassThrough();
  const modes: boolean[] = [];
  const input = Object.assign(stream, {
    isTTY: true,
    setRawMode: (mode: boolean) => modes.push(mode),
  }) as unknown as NodeJS.ReadStream;
  return {
    input,
    modes,
    types: async (text) => {
      stream.write(text);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const nothing = () => undefined;

describe('a key', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('counts when it is one of those asked for, in either case', async () => {
    const { input, modes, types } = terminal();
    const key = nextKey('ad', new AbortController().signal, nothing, input);
    vi.advanceTimersByTime(DEAD_TIME_MS);
    await types('xyA');
    expect(await key).toBe('a');
    expect(modes).toEqual([true, false]);
  });

  it('does not count in the first moment', async () => {
    const { input, types } = terminal();
    const key = nextKey('ad', new AbortController().signal, nothing, input);
    vi.advanceTimersByTime(DEAD_TIME_MS - 1);
    await types('aaa');
    vi.advanceTimersByTime(1);
    await types('d');
    expect(await key).toBe('d');
  });

  it('that is Ctrl-C interrupts, also in the first moment', async () => {
    const { input, modes, types } = terminal();
    const over = new AbortController();
    const key = nextKey('ad', over.signal, () => over.abort(new Error('interrupted')), input);
    const rejected = expect(key).rejects.toThrow('interrupted');
    await types('\u0003');
    await rejected;
    expect(modes).toEqual([true, false]);
    expect(input.listenerCount('data')).toBe(0);
  });

  it('is not waited for when it is over before', async () => {
    const { input, modes } = terminal();
    await expect(nextKey('ad', AbortSignal.abort(new Error('over')), nothing, input)).rejects.toThrow('over');
    expect(modes).toEqual([]);
  });
});
