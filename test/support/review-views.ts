/** Reviews for the contract double: each fits the contract's schema. */
import { failure, success } from '../../main/app/pages.ts';
import type { Handlers, ReviewRow, ReviewView } from '../../preload/contract.ts';

export function reviewView(id: string, change: Partial<ReviewView> = {}): ReviewView {
  return {
    id,
    kind: 'copy',
    client: { id: 'claude-code', name: 'Claude Code' },
    app: { root: '/home/dev/code/web', name: 'web' },
    beganAt: Date.now() - 3_600_000,
    state: 'waits',
    sentence: '3 paths changed in the copy; nothing in the project did. Waits for you.',
    files: 3,
    digest: 'd'.repeat(64),
    undoUntil: null,
    ...change,
  };
}

export function reviewRow(path: string, change: Partial<ReviewRow> = {}): ReviewRow {
  return {
    key: path.replaceAll(' ', '%20'),
    path,
    change: 'changed',
    folder: false,
    first: null,
    before: 'file, 120 bytes, mode 644',
    after: 'file, 140 bytes, mode 644',
    moved: false,
    ...change,
  };
}

/** As many paths, the first of them of every kind. */
export function reviewRows(many: number): readonly ReviewRow[] {
  const first = [
    reviewRow('.github/workflows/release.yml', { first: 'tools run what it says' }),
    reviewRow('package.json', { first: 'tools run what it says', moved: true }),
    reviewRow('bin/tool', { change: 'added', first: 'a program', before: 'nothing' }),
    reviewRow('current', { change: 'changed', first: 'a link to /etc, outside', after: 'link to /etc' }),
    reviewRow('pipe', {
      change: 'left out',
      first: 'a pipe, socket or device: it is never carried over',
      before: 'nothing',
      after: 'pipe, socket or device',
    }),
    reviewRow(`src/${'a-very-long-folder-name/'.repeat(8)}view \u202e txt.ts`),
    reviewRow('src/gone.ts', { change: 'deleted', after: 'nothing' }),
    reviewRow('scripts', { change: 'mode', before: 'folder, mode 755', after: 'folder, mode 700' }),
  ];
  const more = Array.from({ length: Math.max(0, many - first.length) }, (_, index) =>
    reviewRow(`src/file-${index}.ts`),
  );
  return [...first, ...more].slice(0, many);
}

export interface ReviewWorld {
  reviews: readonly ReviewView[];
  changes: readonly ReviewRow[];
  pushReviews(): void;
}

type ReviewMethods = 'reviews' | 'reviewRows' | 'reviewDiff' | 'applyReview' | 'undoReview' | 'discardReview';

/** The methods of reviews as the double answers them. */
export function doubleReviews(world: ReviewWorld): Pick<Handlers<unknown>, ReviewMethods> {
  const changed = (id: string, next: ReviewView | null) => {
    if (!world.reviews.some((one) => one.id === id)) return failure('not_found', 'there is no such review');
    world.reviews = world.reviews.flatMap((one) => (one.id !== id ? [one] : next === null ? [] : [next]));
    queueMicrotask(() => world.pushReviews());
    return success([...world.reviews]);
  };
  const kindOf = (id: string) => world.reviews.find((one) => one.id === id)?.kind ?? 'copy';
  const applied = { state: 'applied', undoUntil: Date.now() + 7 * 86_400_000 } as const;
  return {
    reviews: async () => success([...world.reviews]),
    reviewRows: async (_page, id, from, limit) => {
      const review = world.reviews.find((one) => one.id === id);
      if (review === undefined) return failure('not_found', 'there is no such review');
      const rows = world.changes.slice(from, from + limit);
      return success({
        review,
        rows,
        total: world.changes.length,
        leftOut: world.changes.filter(({ change }) => change === 'left out').length,
        whole: true,
        left: review.kind === 'undo' ? ['node_modules: it was not kept'] : [],
        leftAll: review.kind === 'undo' ? 1 : 0,
      });
    },
    reviewDiff: async (_page, _id, key) =>
      success({
        key,
        lines: [
          { kind: 'same' as const, text: 'export const port =' },
          { kind: 'remove' as const, text: '  8080;' },
          { kind: 'add' as const, text: `  ${'9090 + '.repeat(40)}0;` },
        ],
        note: '',
      }),
    applyReview: async (_page, { id }) =>
      changed(id, reviewView(id, { ...applied, kind: kindOf(id), sentence: 'Done; can be undone.' })),
    undoReview: async (_page, id) => changed(id, reviewView(id, { kind: kindOf(id) })),
    discardReview: async (_page, id) => changed(id, null),
  };
}
