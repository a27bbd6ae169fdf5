import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CommandRunner } from '@/agent/commands/runner'
import { Runner } from '@/agent/host/exec/run'
import { Journal } from '@/agent/journal/journal'
import { createPolicy, parsePolicy } from '@/agent/policy/policy'
import { CONNECTION_DOCUMENTS } from '@/agent/resources/connections/connection-documents'
import { ConnectionManager } from '@/agent/resources/connections/manager'
import type { Door } from '@/agent/verbs/agent'
import type { ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { FakeHost, failure } from '@/testing/drivers/fake-host'
import { FakeInitiator, FakeSan, fakeLun } from '@/testing/drivers/fake-san'
import { newRecording, recordHost } from '@/testing/drivers/recording'
import { testId } from '@/testing/ids'

const CANARY = 'canary-not-a-real-chap'
const BACKEND: WireBackend = {
  id: testId('backend', '1'),
  driver: 'iscsi-lvm',
  config: {
    portal: '192.0.2.50',
    target: 'iqn.2026-01.com.example:storage',
    chap_enabled: true,
    chap_user: 'initiator',
  },
  secrets: { chap_password: CANARY },
}

let directory: string
let journal: Journal
let san: FakeSan
let host: FakeHost
let initiator: FakeInitiator
let runner: CommandRunner
let manager: ConnectionManager
let told: ObservedConnection[][]
let operations = 0

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-connections-'))
  journal = Journal.open(directory)
  san = new FakeSan()
  san.chap = { user: 'initiator', password: CANARY }
  host = new FakeHost(testId('host', 'a'))
  initiator = new FakeInitiator(host, san)
  start()
})
afterEach(async () => {
  await stop()
  journal.close()
  rmSync(directory, { recursive: true, force: true })
})

function start(policy: object = {}): void {
  told = []
  const log = createLog('test', 'error', () => {})
  runner = new CommandRunner({ journal, log })
  manager = ConnectionManager.start({
    journal,
    runner,
    log,
    policy: () => createPolicy(parsePolicy(JSON.stringify(policy), 'agent.json')),
    open({ deadlineAt, signal }): Door {
      host.deadlineAt = deadlineAt
      const runner = new Runner({ deadlineAt, signal })
      const recorded = recordHost(host, newRecording())
      const cut = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new HoldfastError('timed_out', 'It was cut off.')))
      })
      cut.catch(() => undefined)
      const run: typeof recorded.run = (...call) => Promise.race([recorded.run(...call), cut])
      return { host: { ...recorded, run }, runner, redactor: runner.redactor }
    },
    pauses: { standingMs: 20, fallenMs: 10, retryMs: [10] },
  })
  manager.subscribe((all) => void told.push([...all]))
  runner.resume([manager], Promise.resolve())
}

async function stop(): Promise<void> {
  manager.stop()
  await runner.stop()
}

/** The agent ends in the middle of whatever it does, and another one begins. */
async function replace(): Promise<void> {
  await stop()
  journal.close()
  journal = Journal.open(directory)
  start()
}

function envelope(change: object = {}) {
  return {
    operationId: testId('operation', ++operations),
    resourceId: testId('backend', '1'),
    generation: 1,
    fence: 1,
    ttlMs: 5_000,
    ...change,
  }
}
const quiet = { log: () => undefined }
const connect = (change: object = {}, backend = BACKEND) =>
  manager.connect(envelope(change), performance.now(), backend, quiet)
const disconnect = (change: object = {}) => manager.disconnect(envelope(change), performance.now(), BACKEND, quiet)
const state = () => manager.list()[0]?.state ?? 'not listed'
const comesTo = (wanted: string) => vi.waitFor(() => expect(state()).toBe(wanted), { timeout: 5_000, interval: 10 })
const logOutByHand = async () => {
  for (const path of initiator.sessions) {
    await host.run('iscsiadm', ['-m', 'session', '-r', /session(\d+)/.exec(path)?.[1] ?? '', '--logout'])
  }
}

test('connect writes down, opens, and is known with what stands; disconnect forgets it', async () => {
  const found = await connect()
  expect(manager.list()).toEqual([
    expect.objectContaining({
      backendId: testId('backend', '1'),
      state: 'connected',
      generation: 1,
      error: null,
      connection: found,
    }),
  ])
  expect(told.map(([one]) => one?.state)).toEqual(['connecting', 'connected'])
  expect(readFileSync(join(directory, 'journal.db')).includes(CANARY)).toBe(false)
  await disconnect({ generation: 2 })
  expect([manager.list(), journal.documents(CONNECTION_DOCUMENTS).all(), initiator.sessions]).toEqual([[], [], []])
})

test('two at once are one session, and a disconnect meanwhile waits for both', async () => {
  const order: string[] = []
  const note = (what: string) => () => void order.push(what)
  const both = [connect().then(note('first')), connect().then(note('second'))]
  const end = disconnect({ generation: 2 }).then(note('closed'))
  await Promise.all([...both, end])
  expect(order).toEqual(['first', 'second', 'closed'])
  expect(initiator.logins).toHaveLength(1)
  expect(initiator.sessions).toEqual([])
})

test('the same operation again joins, and gives the stored answer afterwards', async () => {
  const same = { operationId: testId('operation', 'same') }
  const [first, second] = await Promise.all([connect(same), connect(same)])
  expect(second).toEqual(first)
  expect(await connect(same)).toEqual(first)
  expect(initiator.logins).toHaveLength(1)
})

test('an outside logout is noticed and put right', async () => {
  await connect()
  told.length = 0
  await logOutByHand()
  await vi.waitFor(() => expect(told.flat().map((one) => one.error?.problem)).toContain('iscsi.session_gone'))
  await comesTo('connected')
  expect(initiator.sessions).toHaveLength(1)
  expect(initiator.active.size).toBe(1)
})

test('while the server is away it says what is wrong, with what the tool said, and comes back with it', async () => {
  await connect()
  const usual = host.answers.get('iscsiadm')
  if (typeof usual !== 'function') throw new Error('no iscsiadm')
  host.answers.set('iscsiadm', (args) =>
    args.includes('--login') ? failure('iscsiadm', 8, 'iscsiadm: connection timed out') : usual(args),
  )
  for (const path of [...host.localFiles.keys()]) {
    if (/^\/sys\/(class\/iscsi_session|block\/sd)/.test(path)) host.localFiles.delete(path)
  }
  await comesTo('error')
  expect(manager.list()[0]?.error).toMatchObject({
    code: 'backend_unreachable',
    problem: expect.stringMatching(/^iscsi\./),
    values: { server: expect.any(String), port: expect.any(Number) },
  })
  host.answers.set('iscsiadm', usual)
  await comesTo('connected')
})

test('what was refused when it was asked for is not taken later by itself', async () => {
  san.luns = [fakeLun({ signature: 'ext4' })]
  await expect(connect()).rejects.toMatchObject({ details: { problem: 'lvm.not_empty' } })
  expect(manager.list()[0]).toMatchObject({ state: 'error', error: { problem: 'lvm.not_empty' }, connection: null })
  san.luns = [fakeLun()]
  await replace()
  expect(state()).toBe('disconnected')
  await new Promise((resolve) => setImmediate(resolve))
  expect(initiator.logins).toHaveLength(1)
  await connect({ generation: 2 })
  expect(state()).toBe('connected')
})

test('after a restart of the host it is brought back', async () => {
  await connect()
  await stop()
  await logOutByHand()
  await replace()
  await comesTo('connected')
  expect(initiator.sessions).toHaveLength(1)
})

test('an agent that was killed in the middle of a connect is followed by one that finishes it', async () => {
  const usual = host.answers.get('lvm')
  if (typeof usual !== 'function') throw new Error('no lvm')
  host.answers.set('lvm', (args) => (args[0] === 'version' ? usual(args) : 'hang'))
  const cut = connect({ operationId: testId('operation', 'cut') }).catch((error: HoldfastError) => error.code)
  await vi.waitFor(() => expect(initiator.sessions).toHaveLength(1))
  await stop()
  expect(await cut).toBe('timed_out')
  host.answers.set('lvm', usual)
  await replace()
  await comesTo('connected')
  await vi.waitFor(() => expect(journal.unfinished()).toEqual([]))
  expect(await connect({ operationId: testId('operation', 'cut') })).toMatchObject({ summary: expect.any(String) })
  expect(initiator.sessions).toHaveLength(1)
})

test('an agent that was killed in the middle of a disconnect is followed by one that finishes it', async () => {
  await connect()
  await stop()
  const command = { kind: 'disconnectBackend' as const, envelope: envelope({ generation: 2 }), args: {} }
  journal.begin(command, () => journal.documents(CONNECTION_DOCUMENTS).markRemoving(testId('backend', '1'), 2))
  await replace()
  await vi.waitFor(() => expect(journal.unfinished()).toEqual([]))
  expect([manager.list(), initiator.sessions]).toEqual([[], []])
})

test('a disconnect that is refused leaves it connected', async () => {
  await connect()
  const [group] = [...initiator.active].map((volume) => volume.split('/')[0])
  initiator.active.add(`${group}/vol_1`)
  initiator.open.add(`${group}/vol_1`)
  for (const lun of san.luns) lun.group?.volumes.push('vol_1')
  await expect(disconnect({ generation: 2 })).rejects.toMatchObject({ code: 'busy' })
  await comesTo('connected')
  expect(journal.documents(CONNECTION_DOCUMENTS).all()).toEqual([
    expect.objectContaining({ removing: false, generation: 2 }),
  ])
})

test('a policy refuses a connection, and never a disconnection', async () => {
  await connect()
  await stop()
  start({ drivers: ['nfs'] })
  await expect(connect({ generation: 2 })).rejects.toMatchObject({ code: 'policy_denied' })
  await disconnect({ generation: 3 })
  expect(initiator.sessions).toEqual([])
})

test('a late command and an old generation are refused, and change nothing', async () => {
  await connect({ generation: 5 })
  await expect(disconnect({ generation: 4 })).rejects.toMatchObject({ code: 'stale' })
  const late = manager.disconnect(envelope({ generation: 6 }), performance.now() - 10_000, BACKEND, quiet)
  await expect(late).rejects.toMatchObject({ code: 'stale' })
  expect(state()).toBe('connected')
})
