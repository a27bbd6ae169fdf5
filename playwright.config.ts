import { defineConfig } from '@playwright/test'
import { CHROMIUM } from './e2e/console/support/chromium'
import { pace } from './e2e/lab/pace.mjs'

/**
 * The console in the system's Chromium, against a running product. Without HOLDFAST_E2E_URL one is started for this run, with a
 * state directory of its own.
 */
export default defineConfig({
  testDir: 'e2e/console',
  outputDir: 'test-results/console',
  globalSetup: './e2e/console/support/start-product.ts',
  timeout: 120_000 * pace(),
  expect: { timeout: 20_000 * pace() },
  // A file in order, and two files at once: the page waits for the product, and some products for their start.
  fullyParallel: false,
  workers: 2,
  // A busy machine must not cost a whole run; `npm test` names what needed it.
  retries: process.env.CI === 'true' ? 1 : 0,
  forbidOnly: process.env.CI === 'true',
  reporter: 'line',
  use: {
    launchOptions: CHROMIUM,
    viewport: { width: 1440, height: 900 },
    // It takes a quarter of the time; where nothing is tried again, ask for it with --trace on.
    trace: 'on-first-retry',
    screenshot: 'only-on-failure',
    reducedMotion: 'reduce',
    actionTimeout: 20_000 * pace(),
    navigationTimeout: 30_000 * pace(),
  },
  projects: [
    { name: 'journey', testMatch: 'journey.spec.ts' },
    { name: 'every-page', testMatch: 'every-page.spec.ts', dependencies: ['journey'] },
    { name: 'pages', testMatch: '**/pages.spec.ts', dependencies: ['journey'] },
    { name: 'reviews', testMatch: 'reviews.spec.ts', dependencies: ['journey'] },
    { name: 'pools', testMatch: 'pools.spec.ts', dependencies: ['journey'] },
    { name: 'access', testMatch: 'access.spec.ts', dependencies: ['journey'] },
    { name: 'notifiers', testMatch: 'notifiers.spec.ts', dependencies: ['journey'] },
    { name: 'passkeys', testMatch: 'passkeys.spec.ts' },
    { name: 'secrets', testMatch: 'secrets.spec.ts', dependencies: ['journey'] },
    { name: 'reachability', testMatch: 'reachability.spec.ts', dependencies: ['journey'] },
    { name: 'placement', testMatch: 'placement.spec.ts', dependencies: ['journey'] },
    { name: 'offline', testMatch: 'offline.spec.ts' },
    { name: 'imports', testMatch: 'imports.spec.ts', dependencies: ['journey'] },
    // Real machines need a libvirtd of this machine, which only root may start.
    ...(process.getuid?.() === 0 ? [{ name: 'screens', testMatch: 'screens.spec.ts', dependencies: ['journey'] }] : []),
  ],
})
