/** The tests that mutants of the engine and the policy are held against: those of pure parts, fast ones only. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{engine,policy,analysis,conformance,differential}/**/*.test.ts'],
    // Starts programs of its own, which no mutant reaches.
    exclude: ['test/conformance/conformance.test.ts', 'test/analysis/shell/**'],
    testTimeout: 30_000,
  },
});
