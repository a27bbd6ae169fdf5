import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, watch, writeFileSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrateDatabase } from '@/lib/db/migrate'
import { quickDirectory } from '@/testing/quick-directory'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder through which test files ask for the PostgreSQL server of this run; see `testing/database.ts`. */
    postgresDirectory: string
  }
}

/** Where the migrations are in the repository. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../prisma/migrations', import.meta.url))
/** Every test database is a copy of this one. */
export const TEMPLATE_DATABASE = 'holdfast_template'
const START_DEADLINE_MS = 60_000

/** The folder with `initdb` and `postgres`, or undefined where PostgreSQL is not installed. */
export function findPostgres(): string | undefined {
  const version = (path: string) => Number(path.split('/')[4])
  const debian = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => version(b) - version(a))
  const folders = [...debian, ...(process.env.PATH ?? '').split(delimiter)]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/** A URL for a database of the server that listens on the socket in `directory`. */
export function postgresUrl(directory: string, database: string): string {
  return `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(directory)}`
}

/** Vitest global setup: one PostgreSQL server for the whole run, started when the first test file asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(quickDirectory(), 'holdfast-pg-'))
  mkdirSync(join(directory, 'asked'))
  project.provide('postgresDirectory', directory)
  let server: Promise<ChildProcess> | undefined
  const watcher = watch(join(directory, 'asked'), () => {
    server ??= startServer(directory)
    server.catch((error: unknown) => writeFileSync(join(directory, 'failed'), String(error)))
  })
  return async () => {
    watcher.close()
    const child = await server?.catch(() => undefined)
    if (child && child.exitCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGQUIT')
      await exited
    }
    await rm(directory, { recursive: true, force: true })
  }
}

async function startServer(directory: string): Promise<ChildProcess> {
  const bin = findPostgres()
  if (!bin) throw new Error('PostgreSQL is not installed; on Debian and Ubuntu: apt-get install postgresql')
  const as = await unprivileged(directory)
  const data = join(directory, 'data')
  const [initdb, ...initdbArgs] = as([`${bin}/initdb`, '-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8'])
  execFileSync(initdb, [...initdbArgs, '--locale=C.UTF-8', '--no-sync'], { cwd: directory, stdio: 'pipe' })
  // Nothing here has to survive a crash.
  const settings = {
    listen_addresses: '',
    unix_socket_directories: directory,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
    jit: 'off',
    max_connections: '200',
    shared_buffers: '32MB',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [postgres, ...postgresArgs] = as([`${bin}/postgres`, '-D', data, ...flags])
  const child = spawn(postgres, postgresArgs, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk).slice(-4_000)
  })
  await waitUntilReady(directory, child, () => output)
  await makeTemplate(directory)
  await writeFile(join(directory, 'ready'), '')
  return child
}

type Argv = [string, ...string[]]

/** PostgreSQL refuses to run as root; then it runs as its own user, who gets the folder. It dies with this process. */
async function unprivileged(directory: string): Promise<(argv: Argv) => Argv> {
  if (userInfo().uid !== 0) return (argv) => argv
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  await chown(directory, id('-u'), id('-g'))
  await chmod(directory, 0o755)
  return (argv) => [
    'setpriv',
    `--reuid=${id('-u')}`,
    `--regid=${id('-g')}`,
    '--clear-groups',
    '--pdeathsig=QUIT',
    ...argv,
  ]
}

async function waitUntilReady(directory: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS
  for (;;) {
    const client = new pg.Client(postgresUrl(directory, 'postgres'))
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (child.exitCode !== null || performance.now() > deadline)
        throw new Error(`PostgreSQL did not start: ${String(error)}\n${output()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function makeTemplate(directory: string): Promise<void> {
  const admin = new pg.Client(postgresUrl(directory, 'postgres'))
  await admin.connect()
  await admin.query(`CREATE DATABASE "${TEMPLATE_DATABASE}"`)
  await admin.end()
  await migrateDatabase({ url: postgresUrl(directory, TEMPLATE_DATABASE), directory: MIGRATIONS_DIRECTORY })
}
