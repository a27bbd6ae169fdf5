// `npm test`: every tier, in order of cost, without the tests that have the tag "full"; `npm run test:full` runs those too. A tier
// whose need is not met is listed as SKIPPED with the command that would enable it; with CI=true a missing need is a failure. The
// last line is the total over all tiers.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureInstalled, pinnedNode, root, toolEnv } from './install.mjs'
import { ensureSystemPackages, isRoot, missingPackages } from './system-packages.mjs'

const inCi = process.env.CI === 'true'
const reports = path.join(root, 'test-results')

/** Runs a command with its output shown; resolves to its exit code. */
function run(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(pinnedNode, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: toolEnv(env) })
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

/** A tier that passes or fails as one. */
async function whole(args) {
  const code = await run(args)
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}

/** Repeats and variants that only `npm run test:full` runs have this word in the test file. */
const FULL = 'full'
/** How often random inputs and scripts are tried there. The tests' own defaults are for every day. */
const FULL_COUNTS = { HOLDFAST_PROPERTY_RUNS: '20000', HOLDFAST_TRUTH_CASES: '500' }

/** So many lines of each failure are repeated at the end. */
const FAILURE_LINES = 12

async function runVitest(project, isFull) {
  const file = path.join(reports, `${project}.json`)
  rmSync(file, { force: true })
  const code = await run(
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      project,
      ...(isFull ? [] : [`--tagsFilter=!${FULL}`]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    isFull ? { ...FULL_COUNTS, ...process.env } : {},
  )
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  const tests = report.testResults.flatMap((suite) => suite.assertionResults)
  const left = isFull ? 0 : tests.filter((test) => test.tags.includes(FULL)).length
  const brokenFiles = report.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
  )
  const failed = report.numFailedTests + brokenFiles.length
  // An error outside of any test still fails the tier.
  return {
    passed: report.numPassedTests,
    failed: failed || (code === 0 ? 0 : 1),
    skipped: report.numPendingTests + report.numTodoTests - left,
    left,
    failures: [
      ...brokenFiles.map((suite) => `${path.relative(root, suite.name)}: ${suite.message}`),
      ...report.testResults.flatMap((suite) =>
        suite.assertionResults
          .filter((test) => test.status === 'failed')
          .map((test) => `${path.relative(root, suite.name)} > ${test.fullName}\n${test.failureMessages.join('\n')}`),
      ),
    ],
  }
}

const vitest = (project) => (isFull) => runVitest(project, isFull)

/** What failed in a Playwright suite and the suites in it. */
function playwrightFailures(suite) {
  const own = (suite.specs ?? [])
    .filter((spec) => !spec.ok)
    .map((spec) => {
      const messages = spec.tests.flatMap((test) => test.results.flatMap((result) => result.error?.message ?? []))
      return `${spec.file} > ${spec.title}\n${messages.at(-1) ?? ''}`
    })
  return [...own, ...(suite.suites ?? []).flatMap(playwrightFailures)]
}

async function playwright() {
  const file = path.join(reports, 'console.json')
  rmSync(file, { force: true })
  const code = await run(['node_modules/@playwright/test/cli.js', 'test', '--reporter=line,json'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
  })
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const { stats, suites } = JSON.parse(readFileSync(file, 'utf8'))
  return {
    failures: suites.flatMap(playwrightFailures),
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected || (code === 0 ? 0 : 1),
    skipped: stats.skipped,
  }
}

const NEED_ROOT = { missing: () => (isRoot() ? undefined : 'root'), enable: 'sudo npm test' }
const need = (group) => ({
  missing: () =>
    missingPackages(group)
      .map((entry) => entry.package)
      .join(', ') || undefined,
  enable: `apt-get install ${missingPackages(group)
    .map((entry) => entry.package)
    .join(' ')}`,
})

const TIERS = {
  types: { title: 'Types', needs: [], run: () => whole(['node_modules/typescript/bin/tsc', '--noEmit']) },
  lint: {
    title: 'Lint and boundaries',
    needs: [],
    run: async () => {
      const lint = await whole(['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'])
      const boundaries = await whole(['scripts/boundaries.mjs'])
      return { passed: lint.passed + boundaries.passed, failed: lint.failed + boundaries.failed, skipped: 0 }
    },
  },
  unit: { title: 'Unit, services and routes on SQLite and PostgreSQL', needs: [], run: vitest('unit') },
  build: { title: 'Build', needs: [], run: () => whole(['scripts/build.mjs']) },
  machine: { title: 'Agent on this kernel', needs: [NEED_ROOT, need('machine')], run: vitest('machine') },
  product: { title: 'The product from start to stop', needs: [need('product')], run: vitest('product') },
  console: { title: 'Console in Chromium', needs: [need('console')], run: playwright },
  lab: { title: 'Lab: real hosts and servers', needs: [NEED_ROOT, need('lab')], run: vitest('lab') },
}

export async function runTiers(names, { isFull = false } = {}) {
  ensureInstalled()
  mkdirSync(reports, { recursive: true })
  const total = { passed: 0, failed: 0, skipped: 0 }
  const skippedTiers = []
  const failures = []
  let left = 0
  for (const name of names) {
    const tier = TIERS[name]
    const lacking = tier.needs.find((one) => one.missing() !== undefined)
    if (lacking) {
      const line = `SKIPPED ${tier.title}: needs ${lacking.missing()}; enable it with: ${lacking.enable}`
      if (inCi) {
        console.log(`FAILED ${line}`)
        total.failed++
      } else {
        skippedTiers.push(line)
        total.skipped++
      }
      continue
    }
    console.log(`\n== ${tier.title}`)
    const startedAt = Date.now()
    const counts = await tier.run(isFull)
    if (inCi && counts.skipped > 0) {
      console.log(`${counts.skipped} tests were skipped, which CI does not allow`)
      counts.failed += counts.skipped
      counts.skipped = 0
    }
    console.log(
      `== ${tier.title}: ${counts.passed} passed, ${counts.failed} failed in ${Math.round((Date.now() - startedAt) / 1000)} s`,
    )
    for (const key of Object.keys(total)) total[key] += counts[key]
    left += counts.left ?? 0
    failures.push(...(counts.failures ?? []))
  }
  for (const line of skippedTiers) console.log(line)
  if (left > 0) console.log(`\n${left} more tests are variants that "npm run test:full" runs.`)
  // Said again at the end: a log of this length is often cut, and what failed is what its reader looks for.
  for (const failure of failures) console.log(`\nFAILED ${failure.split('\n').slice(0, FAILURE_LINES).join('\n')}`)
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  process.exitCode = total.failed === 0 ? 0 : 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2).filter((argument) => argument !== '--full')
  await ensureSystemPackages()
  await runTiers(names.length > 0 ? names : Object.keys(TIERS), { isFull: process.argv.includes('--full') })
}
