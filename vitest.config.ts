import { defineConfig } from 'vitest/config';

/** One project per kind of test, so that `npm test -- --project unit` runs one kind. */
const project = (name: string, include: string[], testTimeout: number, isolate = true) => ({
  extends: true as const,
  test: { name, include, testTimeout, hookTimeout: 60_000, isolate },
});

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter/closing-line.ts'],
    // Child processes with .ts entry points are the real thing here, so tests run in forks, not threads.
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('unit', ['test/unit/**/*.test.ts'], 15_000),
      // These share nothing but modules without state: loading them once per worker takes a minute off.
      project('http', ['test/http/**/*.test.ts'], 15_000, false),
      project('contract', ['test/contract/**/*.test.ts'], 60_000),
      project('integration', ['test/integration/**/*.test.ts'], 60_000),
      project('e2e', ['test/e2e/**/*.test.ts'], 120_000),
    ],
  },
});
