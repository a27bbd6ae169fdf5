import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// `server-only` is a guard for browser bundles; tests run in Node.
const alias = {
  '@': fileURLToPath(new URL('.', import.meta.url)),
  'server-only': fileURLToPath(new URL('scripts/empty.mjs', import.meta.url)),
}

/** How lab tests run: one file at a time, all on the same guests. */
const LAB = {
  globalSetup: ['e2e/support/lab-run.ts'],
  environment: 'node',
  testTimeout: 360_000,
  hookTimeout: 600_000,
  maxWorkers: 1,
  fileParallelism: false,
  // An emulated guest on a shared machine now and then outlasts any limit; what fails twice is wrong.
  retry: 1,
}

/** Fast tests live beside their subject; `*.machine.test.ts` need root and this kernel; `e2e/` needs a running product. */
export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{app,components,lib,agent,scripts,demo}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.machine.test.ts', '**/node_modules/**'],
          environment: 'node',
          globalSetup: ['lib/testing/postgres-server.ts'],
          // Half of the time is waiting for the disk: without this, two cores would get one worker.
          maxWorkers: '100%',
          // Only for what hangs: a busy machine must not fail a test.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'machine',
          include: ['{lib,agent}/**/*.machine.test.ts'],
          environment: 'node',
          globalSetup: ['lib/testing/postgres-server.ts'],
          testTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'product',
          include: ['e2e/api/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      { extends: true, test: { ...LAB, name: 'lab', include: ['e2e/hosts/**/*.test.ts'] } },
    ],
  },
})
