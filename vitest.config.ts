import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { laneCount } from './e2e/lab/lanes.mjs'
import { pace } from './e2e/lab/pace.mjs'

// `server-only` is a guard for browser bundles; tests run in Node.
const alias = {
  '@': fileURLToPath(new URL('.', import.meta.url)),
  'server-only': fileURLToPath(new URL('scripts/empty.mjs', import.meta.url)),
}

/** For tests that spend a third of their time or more on waiting, for the disk or for what they have started: two to a core. */
const workersThatWait = availableParallelism() * 2

/** How lab tests run: in lanes, in each one file at a time on the guests of the lane. */
const LAB = {
  globalSetup: ['e2e/support/lab-run.ts'],
  setupFiles: ['e2e/support/lab-lane.setup.ts'],
  environment: 'node',
  testTimeout: 360_000 * pace(),
  hookTimeout: 600_000 * pace(),
  maxWorkers: laneCount(),
  // An emulated guest on a shared machine now and then outlasts any limit; what fails twice is wrong.
  retry: 1,
}

/** Fast tests live beside their subject; `*.machine.test.ts` need root and this kernel; `e2e/` needs a running product. */
export default defineConfig({
  resolve: { alias },
  test: {
    // `npm test` leaves these out, see scripts/test.mjs; `npm run check` too.
    tags: [{ name: 'full', description: 'one more variant of what another test proves; only in npm run test:full' }],
    // Only for what hangs.
    expect: { poll: { timeout: 5_000 * pace() } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{app,components,lib,agent,client,testing,scripts,demo,e2e/lab}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.machine.test.ts', '**/node_modules/**'],
          environment: 'node',
          globalSetup: ['testing/postgres-server.ts'],
          maxWorkers: workersThatWait,
          // The files of a worker share what they import, which otherwise took a third of the time; so a test leaves no module changed.
          isolate: false,
          // Only for what hangs: a busy machine must not fail a test.
          testTimeout: 60_000 * pace(),
          hookTimeout: 60_000 * pace(),
        },
      },
      {
        extends: true,
        test: {
          name: 'machine',
          include: ['{lib,agent,testing}/**/*.machine.test.ts'],
          environment: 'node',
          // As above: a quarter of its time.
          isolate: false,
          globalSetup: ['testing/postgres-server.ts'],
          testTimeout: 60_000 * pace(),
          hookTimeout: 60_000 * pace(),
          maxWorkers: workersThatWait,
        },
      },
      {
        extends: true,
        test: {
          name: 'product',
          include: ['e2e/api/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000 * pace(),
          hookTimeout: 120_000 * pace(),
          // Starts and stops of processes, which wait as much as they work.
          maxWorkers: 2,
        },
      },
      { extends: true, test: { ...LAB, name: 'lab', include: ['e2e/hosts/**/*.test.ts'] } },
    ],
  },
})
