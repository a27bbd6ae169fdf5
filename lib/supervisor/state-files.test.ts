import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCertificateRequest, createKey } from '@/agent/identity/certificate-request'
import { readIdentity, readPendingKey, writeIdentity, writePendingKey } from '@/agent/identity/identity'
import { Journal } from '@/agent/journal/journal'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import { controllerIdentity } from '@/lib/agent-protocol/enrollment'
import { sessionSecret } from '@/lib/auth/session-secret'
import { Controller } from '@/lib/controller/controller'
import { openDatabase } from '@/lib/db/client'
import { migrateDatabase } from '@/lib/db/migrate'
import { sealSecret } from '@/lib/db/sealed-secrets'
import { type Env, readEnv } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'
import { openControllerBus } from '@/lib/events/open-bus'
import { createLog } from '@/lib/log'
import { Secret } from '@/lib/secret'
import { enrolledHostId, fleetFingerprint } from '@/lib/supervisor/local-agent'
import { recordInstance, runningInstance } from '@/lib/supervisor/preflight'
import { makeBackend } from '@/testing/factories'
import { testId } from '@/testing/ids'
import { DAMAGES, type Damage, type Reader, STATE_FILES } from '@/testing/state-files'

const root = mkdtempSync(path.join(tmpdir(), 'holdfast-state-'))
const OURS = path.join(root, 'ours')
const OTHER = path.join(root, 'other')
/** Each test's own: what a process has read once it need not read again. */
let directory: string

function envOf(stateDir: string): Env {
  return readEnv({ HOLDFAST_STATE_DIR: stateDir })
}

/** As lib/controller/main.ts puts it together; nothing listens. */
async function withController<T>(env: Env, work: (controller: Controller, prisma: Prisma) => Promise<T>): Promise<T> {
  await migrateDatabase({ url: env.databaseUrl, directory: path.resolve('prisma/migrations') })
  const database = await openDatabase(env.databaseUrl)
  try {
    const bus = await openControllerBus(env)
    try {
      const silent = async () => undefined
      const log = createLog('controller', 'error', () => {})
      const parts = { database, bus, log, audit: silent, auditBound: silent, auditOwn: silent }
      const controller = await Controller.create(parts, { ...env, agentDirectory: path.join(root, 'no-package') })
      return await work(controller, database.prisma)
    } finally {
      await bus.close()
    }
  } finally {
    await database.close()
  }
}
type Prisma = Awaited<ReturnType<typeof openDatabase>>['prisma']

/** What each part does with files before it serves anybody. */
const STARTS: Record<Reader, (env: Env) => unknown> = {
  supervisor: async (env) => expect(await runningInstance(env.stateDir)).toBeNull(),
  controller: (env) => withController(env, async () => undefined),
  web: (env) => sessionSecret(env),
  async agent(env) {
    const stateDir = path.join(env.stateDir, 'agent')
    await enrolledHostId(env)
    readIdentity(stateDir)
    Journal.open(stateDir).close()
    const pending = readPendingKey(stateDir)
    if (pending !== null) createCertificateRequest(pending)
  },
}

/** An installation with a stored secret, an enrolled agent and a mount in its journal. */
async function install(stateDir: string): Promise<void> {
  const env = envOf(stateDir)
  mkdirSync(path.join(stateDir, 'run/controller'), { recursive: true })
  sessionSecret(env)
  await withController(env, async ({ ca }, prisma) => {
    const { id: ownerId } = await makeBackend(prisma, { name: 'with-secret' })
    const key = (await prisma.setting.findUniqueOrThrow({ where: { key: 'sealing_public_key' } })).value
    const sealed = await sealSecret(key as never, new Secret('not-a-real-one'), { ownerId, field: 'password' }, [])
    await prisma.backendSecret.create({
      data: { backendId: ownerId, field: 'password', sealed, fingerprint: '00000000' },
    })
    const agentKey = createKey()
    const hostId = testId('host', stateDir)
    const { certificate } = await ca.issueHost(hostId, createCertificateRequest(agentKey))
    const { installationId, authorities } = ca
    writeIdentity(path.join(stateDir, 'agent'), {
      ...{ version: 1, installationId, hostId, controllerIdentity: controllerIdentity(installationId) },
      ...{ controllerUrl: env.fleetUrl, port: env.localAgentPort, key: agentKey, certificate, authorities },
    })
  })
  writePendingKey(path.join(stateDir, 'agent'), createKey())
  const journal = Journal.open(path.join(stateDir, 'agent'))
  const backend = { id: testId('backend', '1'), driver: 's3', config: {}, secrets: {} }
  const mount = { mountId: testId('mount', '1'), backend, mountPoint: '/mnt/a', readOnly: false, autoMount: true }
  journal.documents(MOUNT_DOCUMENTS).want({ ...mount, desiredState: 'mounted' }, 1)
  journal.close()
  await recordInstance({ ...env, publicUrl: 'http://127.0.0.1:1' }, [])
  // Of a process that is gone.
  writeFileSync(path.join(stateDir, 'run/supervisor.json'), JSON.stringify({ pid: 1, startTime: 'x', url: 'x' }))
}

function damage(file: string, how: Damage, example: string): void {
  if (how === 'missing') rmSync(file, { force: true })
  if (how === 'empty') writeFileSync(file, '')
  if (how === 'truncated') {
    if (existsSync(file)) truncateSync(file, Math.floor(statSync(file).size / 2))
    else writeFileSync(file, 'torn')
  }
  if (how === 'unreadable') {
    rmSync(file, { force: true })
    mkdirSync(file)
  }
  if (how === 'foreign') {
    const other = path.join(OTHER, example)
    if (existsSync(other)) cpSync(other, file)
    else writeFileSync(file, 'of something else')
  }
}

/** What is at a path, to be compared. */
function contentOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) return 'nothing'
  return found.isDirectory() ? 'a directory' : readFileSync(file).toString('base64')
}

/** The sentence with which a part refuses to start; null when it starts. Anything but a sentence of ours fails the test. */
async function refusal(reader: Reader, env: Env): Promise<string | null> {
  try {
    await STARTS[reader](env)
    return null
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return error.message
  }
}

beforeAll(async () => {
  await install(OURS)
  await install(OTHER)
})
beforeEach(() => {
  directory = mkdtempSync(path.join(root, 'tried-'))
  cpSync(OURS, directory, { recursive: true })
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))
afterAll(() => rmSync(root, { recursive: true }))

describe('a file of the state directory that is not as it was left', () => {
  const cells = STATE_FILES.flatMap(({ example, reader, cells }) =>
    DAMAGES.flatMap((how) => {
      const answer = cells[how]
      const isTried = example !== undefined && (answer === 'runs' || answer instanceof RegExp)
      return isTried ? [{ example, how, reader, answer }] : []
    }),
  )

  test.each(cells)('$example $how', async ({ example, how, reader, answer }) => {
    const env = envOf(directory)
    const file = path.join(directory, example)
    damage(file, how, example)
    const before = contentOf(file)
    const refusals: Partial<Record<Reader, string>> = {}
    for (const part of Object.keys(STARTS) as Reader[]) {
      const sentence = await refusal(part, env)
      if (sentence !== null) refusals[part] = sentence
    }
    if (answer === 'runs') {
      expect(refusals).toEqual({})
      return
    }
    expect(refusals).toEqual({ [reader]: expect.stringMatching(answer) })
    expect(contentOf(file)).toBe(before)
  })
})

test('each row has an example that it fits, or none is read', () => {
  for (const { path: pattern, example } of STATE_FILES) if (example !== undefined) expect(example).toMatch(pattern)
})

test('a record of what runs that holds something else is none', async () => {
  for (const content of ['null', '[]', '{"pid":"1"}']) {
    writeFileSync(path.join(directory, 'run/supervisor.json'), content)
    expect(await refusal('supervisor', envOf(directory))).toBeNull()
  }
})

test('whom the agent of this machine trusts is read from the keys of the controller, whatever the database says', async () => {
  const env = envOf(directory)
  const fingerprint = await withController(env, async ({ ca }, prisma) => {
    await prisma.setting.update({ where: { key: 'ca_fingerprint' }, data: { value: 'sha256:of-an-attacker' } })
    return ca.fingerprint
  })
  expect(await fleetFingerprint(env)).toBe(fingerprint)
})

test('a database that was moved away without its log is not begun anew: the log would be deleted', async () => {
  const log = path.join(directory, 'holdfast.db-wal')
  rmSync(path.join(directory, 'holdfast.db'))
  writeFileSync(log, 'changes')
  expect(await refusal('controller', envOf(directory))).toMatch(
    /holdfast\.db is missing or empty, but .*-wal holds changes.*move its -wal and -shm away/,
  )
  expect(readFileSync(log, 'utf8')).toBe('changes')
})

test('a journal in the place of which lies another database is left alone', () => {
  const file = path.join(directory, 'agent/journal.db')
  cpSync(path.join(OURS, 'holdfast.db'), file)
  const before = contentOf(file)
  expect(() => Journal.open(path.join(directory, 'agent'))).toThrow(/journal\.db cannot be opened/)
  expect(contentOf(file)).toBe(before)
})

test('a journal with a damaged page is not opened, also when nothing at a start would read that page', () => {
  const file = path.join(directory, 'agent/journal.db')
  const db = new DatabaseSync(file)
  const { rootpage } = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'operations'").get() as {
    rootpage: number
  }
  const { page_size } = db.prepare('PRAGMA page_size').get() as { page_size: number }
  db.close()
  const content = readFileSync(file)
  content.fill(0xff, (rootpage - 1) * page_size, rootpage * page_size)
  writeFileSync(file, content)
  expect(() => Journal.open(path.join(directory, 'agent'))).toThrow(/journal\.db cannot be opened/)
  expect(readFileSync(file).equals(content)).toBe(true)
})

test('without stored secrets a new sealing key is made', async () => {
  const env = envOf(directory)
  await withController(env, (_controller, prisma) => prisma.backendSecret.deleteMany())
  rmSync(path.join(directory, 'controller/sealing-keys.json'))
  expect(await refusal('controller', env)).toBeNull()
})
