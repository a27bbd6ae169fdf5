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
/** How often random inputs and scripts are tried there, and how large a fleet is. The tests' own defaults are for every day. */
const FULL_COUNTS = { HOLDFAST_PROPERTY_RUNS: '20000', HOLDFAST_TRUTH_CASES: '500', HOLDFAST_FLEET_HOSTS: '200' }

/** More broken files than this are no accident. */
const FILES_TO_REPEAT = 5
/** So many lines of each failure are repeated at the end. */
const FAILURE_LINES = 12
const firstLines = (text) => text.split('\n').slice(0, FAILURE_LINES).join('\n')

const countIn = (suites, status, isMeant = () => true) =>
  suites.flatMap((suite) => suite.assertionResults).filter((test) => status.includes(test.status) && isMeant(test))
    .length

/** One run of Vitest over a project, or some of its files. */
async function vitestOnce(project, isFull, report, files = []) {
  const file = path.join(reports, report)
  rmSync(file, { force: true })
  const code = await run(
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...files,
      '--project',
      project,
      ...(isFull ? [] : [`--tagsFilter=!${FULL}`]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ],
    isFull ? { ...FULL_COUNTS, ...process.env } : {},
  )
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, failedFiles: [] }
  const { testResults, ...totals } = JSON.parse(readFileSync(file, 'utf8'))
  const tests = testResults.flatMap((suite) => suite.assertionResults)
  const isLeft = (test) => !isFull && test.tags.includes(FULL)
  const left = tests.filter(isLeft).length
  const failedSuites = testResults.filter((suite) => suite.status === 'failed')
  const brokenFiles = failedSuites.filter((suite) => suite.assertionResults.length === 0)
  const failed = totals.numFailedTests + brokenFiles.length
  return {
    passed: totals.numPassedTests,
    // An error outside of any test still fails the tier.
    failed: failed || (code === 0 ? 0 : 1),
    skipped: totals.numPendingTests + totals.numTodoTests - left,
    left,
    failedFiles: failedSuites.map((suite) => path.relative(root, suite.name)),
    passedThere: countIn(failedSuites, ['passed']),
    skippedThere: countIn(failedSuites, ['skipped', 'pending', 'todo'], (test) => !isLeft(test)),
    failures: [
      ...brokenFiles.map((suite) => firstLines(`${path.relative(root, suite.name)}: ${suite.message}`)),
      ...failedSuites.flatMap((suite) =>
        suite.assertionResults
          .filter((test) => test.status === 'failed')
          .map((test) =>
            firstLines(`${path.relative(root, suite.name)} > ${test.fullName}\n${test.failureMessages.join('\n')}`),
          ),
      ),
    ],
  }
}

/**
 * A tier of Vitest. Thousands of tests share two cores, and one that is late must not cost an hour: the files with failures run once
 * more by themselves. What fails twice is wrong; what passes then is named at the end, since it may be a fault that comes and goes.
 */
async function runVitest(project, isFull) {
  const first = await vitestOnce(project, isFull, `${project}.json`)
  const files = first.failedFiles
  if (files.length === 0 || files.length > FILES_TO_REPEAT) return first
  console.log(`\n== Once more, by themselves: ${files.join(', ')}`)
  const second = await vitestOnce(project, isFull, `${project}-again.json`, files)
  if (second.failed > 0) return { ...first, failed: second.failed, failures: second.failures }
  return {
    ...first,
    passed: first.passed - first.passedThere + second.passed,
    failed: 0,
    skipped: first.skipped - first.skippedThere + second.skipped,
    failures: [],
    unsteady: first.failures.length > 0 ? first.failures : files,
  }
}

const vitest = (project) => (isFull) => runVitest(project, isFull)

/** What failed in a Playwright suite and the suites in it, or passed at the second try only. */
function playwrightFailures(suite, isMeant = (spec) => !spec.ok) {
  const own = (suite.specs ?? [])
    .filter((spec) => isMeant(spec))
    .map((spec) => {
      const messages = spec.tests.flatMap((test) => test.results.flatMap((result) => result.error?.message ?? []))
      // The second try often fails over what the first one left, so both are told.
      return `${spec.file} > ${spec.title}\n${[...new Set(messages)].map(firstLines).join('\n')}`
    })
  return [...own, ...(suite.suites ?? []).flatMap((each) => playwrightFailures(each, isMeant))]
}

async function playwright(isFull) {
  const file = path.join(reports, 'console.json')
  rmSync(file, { force: true })
  const code = await run(['node_modules/@playwright/test/cli.js', 'test', '--reporter=line,json'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    ...(isFull ? { HOLDFAST_SCREENSHOTS: '1' } : {}),
  })
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const { stats, suites } = JSON.parse(readFileSync(file, 'utf8'))
  // playwright.config.ts has no project for these then.
  const leftOut = isRoot() ? [] : ['SKIPPED Screens of real machines: needs root; enable it with: sudo npm test']
  return {
    failures: suites.flatMap((suite) => playwrightFailures(suite)),
    unsteady: suites.flatMap((suite) =>
      playwrightFailures(suite, (spec) => spec.tests.some((test) => test.status === 'flaky')),
    ),
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected || (code === 0 ? 0 : 1),
    skipped: stats.skipped + leftOut.length,
    leftOut,
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
  const unsteady = []
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
    if (inCi) for (const line of counts.leftOut ?? []) console.log(`FAILED ${line}`)
    else skippedTiers.push(...(counts.leftOut ?? []))
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
    unsteady.push(...(counts.unsteady ?? []))
  }
  for (const line of skippedTiers) console.log(line)
  if (left > 0) console.log(`\n${left} more tests are variants that "npm run test:full" runs.`)
  // Said again at the end: a log of this length is often cut, and what failed is what its reader looks for.
  const tell = (word, texts) => {
    for (const text of texts) console.log(`\n${word} ${text}`)
  }
  tell('PASSED AT THE SECOND TRY', unsteady)
  tell('FAILED', failures)
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  process.exitCode = total.failed === 0 ? 0 : 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2).filter((argument) => argument !== '--full')
  await ensureSystemPackages()
  await runTiers(names.length > 0 ? names : Object.keys(TIERS), { isFull: process.argv.includes('--full') })
}
