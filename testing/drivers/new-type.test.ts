import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { pace } from '@/e2e/lab/pace.mjs'

/** A new storage type is one folder and two lines. Tried in a copy of the sources, with the type of `toy/`. */

// A type check and some tests of the whole product, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 * pace(), hookTimeout: 60_000 * pace() })

interface FileResult {
  status: string
  message: string
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'holdfast-new-type-'))
const FOLDER = 'lib/drivers/toy'

afterAll(() => rmSync(copy, { recursive: true, force: true }))

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
}

function tool(name: string): string {
  return join(root, 'node_modules/.bin', name)
}

/** The line of a type, with its import at the top. */
function register(file: string, line: string, before: string, imported: string): void {
  const path = join(copy, file)
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(before)
  writeFileSync(path, `import { ${imported}\n${text.replace(before, `${line}${before}`)}`)
}

beforeAll(() => {
  const files = git(root, 'ls-files', '--cached', '--others', '--exclude-standard').trim().split('\n')
  for (const file of files.filter((name) => existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file), { recursive: true, verbatimSymlinks: true })
  }
  cpSync(join(root, 'lib/db/generated'), join(copy, 'lib/db/generated'), { recursive: true })
  // What the compiler knows of the sources already, where it has checked them before; so it takes a fifth of the time.
  const known = 'tsconfig.tsbuildinfo'
  if (existsSync(join(root, known))) cpSync(join(root, known), join(copy, known), { preserveTimestamps: true })
  // Package by package: whatever happens to the directory of the copy, the packages themselves stay.
  mkdirSync(join(copy, 'node_modules'))
  for (const name of readdirSync(join(root, 'node_modules')))
    symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name))
  git(copy, 'init', '--quiet')
  git(copy, 'add', '--all', '--force', '--', ...files.filter((name) => existsSync(join(copy, name))))

  cpSync(join(copy, 'testing/drivers/toy'), join(copy, FOLDER), { recursive: true })
  renameSync(join(copy, FOLDER, 'contract-suite.ts'), join(copy, FOLDER, 'driver.contract.test.ts'))
  register('lib/drivers/registry.ts', 'toy, ', 'localDir, nfs,', "toy } from '@/lib/drivers/toy/descriptor'")
  register(
    'agent/backends/drivers.ts',
    '  toy: toyHost,\n',
    "  'local-dir': localDirHost,",
    "toyHost } from '@/lib/drivers/toy/host'",
  )
})

it('changes two files besides its own folder', () => {
  const list = (...args: string[]) =>
    git(copy, ...args)
      .trim()
      .split('\n')
  expect(list('diff', '--name-only')).toEqual(['agent/backends/drivers.ts', 'lib/drivers/registry.ts'])
  expect(list('ls-files', '--others', '--exclude-standard', '--directory')).toEqual([`${FOLDER}/`])
})

it('compiles', () => {
  const { stdout, status } = spawnSync(tool('tsc'), ['--noEmit', '--preserveSymlinks'], { cwd: copy, encoding: 'utf8' })
  expect([stdout, status]).toEqual(['', 0])
})

// What the compiler cannot see of a type is in the tests that go over all of them, and every run has those with our types.
it('passes every test that goes over all types, and its own', { tags: 'full' }, () => {
  const include = [
    `${FOLDER}/driver.contract.test.ts`,
    'lib/drivers/folders.test.ts',
    'lib/drivers/registry.test.ts',
    'lib/drivers/destination.test.ts',
    'lib/drivers/problems/catalogue.test.ts',
    'lib/drivers/problems/words.test.ts',
    'components/forms/driver-values.test.ts',
    'agent/facts/host-facts.test.ts',
    'agent/verbs/denied-addresses.test.ts',
    'demo/storages.test.ts',
    'demo/storage-tests.test.ts',
    'scripts/boundaries.test.ts',
  ]
  const config = join(copy, 'vitest.config.ts')
  const alias = { '@': copy, 'server-only': join(copy, 'scripts/empty.mjs') }
  const settings = {
    resolve: { alias },
    test: { environment: 'node', isolate: false, include, testTimeout: 60_000 * pace() },
  }
  writeFileSync(config, `export default ${JSON.stringify(settings)}\n`)
  const report = join(copy, 'report.json')
  const args = ['run', '--root', copy, '--config', config, '--reporter=json', `--outputFile=${report}`]
  spawnSync(tool('vitest'), args, { cwd: copy })
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as { testResults: FileResult[] }
  const failed = testResults.flatMap((file) => [
    ...(file.status === 'failed' && file.assertionResults.length === 0 ? [file.message] : []),
    ...file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages}`),
  ])
  expect(failed).toEqual([])
  expect(testResults).toHaveLength(include.length)
})
