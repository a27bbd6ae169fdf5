import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Journal } from '@/agent/host/journal'
import { createCommandGate } from '@/agent/operations/command-gate'
import type { CommandGate } from '@/agent/operations/machine'
import type { CommandEnvelope } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { testId } from '@/lib/testing/ids'

const log = createLog('test', 'error', () => {})
let dir: string
let journal: Journal
let gate: CommandGate
let runs: number

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'holdfast-gate-'))
  journal = Journal.open(dir)
  gate = createCommandGate(journal, log)
  runs = 0
})
afterEach(() => {
  journal.close()
  rmSync(dir, { recursive: true, force: true })
})

function envelope(change: Partial<CommandEnvelope> = {}): CommandEnvelope {
  return {
    operationId: testId('operation', '1'),
    resourceId: testId('host', '1'),
    generation: 0,
    fence: 1,
    ttlMs: 1_000,
    ...change,
  }
}

function install(change: Partial<CommandEnvelope> = {}, commands = ['rclone'], outcome: () => unknown = () => 'done') {
  return gate.once(envelope(change), { commands }, performance.now(), async () => {
    runs++
    return outcome()
  })
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: HoldfastError) => error.code,
  )

test('the same operation again gives the stored outcome, also after a restart of the agent', async () => {
  expect(await install()).toBe('done')
  journal.close()
  journal = Journal.open(dir)
  gate = createCommandGate(journal, log)
  expect(await install()).toBe('done')
  expect(runs).toBe(1)
})

test('a failure is an outcome too', async () => {
  const fail = () => {
    throw new HoldfastError('command_failed', 'apt-get failed.')
  }
  expect(await code(install({}, ['rclone'], fail))).toBe('command_failed')
  expect(await code(install())).toBe('command_failed')
  expect(runs).toBe(1)
})

test('the same id with other content, an old fence, and a late command are refused unstarted', async () => {
  await install({ fence: 5 })
  expect(await code(install({ fence: 5 }, ['showmount']))).toBe('conflict')
  expect(await code(install({ operationId: testId('operation', '2'), fence: 4 }))).toBe('stale')
  const late = gate.once(
    envelope({ operationId: testId('operation', '3'), fence: 5 }),
    {},
    performance.now() - 5_000,
    async () => runs++,
  )
  expect(await code(late)).toBe('stale')
  expect(runs).toBe(1)
})

test('one at a time; the same one joins', async () => {
  const { promise: release, resolve } = Promise.withResolvers<string>()
  const first = install({}, ['rclone'], () => release)
  expect(await code(install({ operationId: testId('operation', '2') }))).toBe('operation_in_progress')
  const joined = install()
  resolve('both')
  expect([await first, await joined]).toEqual(['both', 'both'])
  expect(await install({ operationId: testId('operation', '2') })).toBe('done')
  expect(runs).toBe(2)
})

test('what a killed agent left half done is failed, and may be asked for again under a new id', async () => {
  journal.begin({ kind: 'installTools', envelope: envelope(), args: { commands: ['rclone'] } })
  gate = createCommandGate(journal, log)
  expect(journal.unfinished()).toEqual([])
  expect(await code(install())).toBe('timed_out')
  expect(await install({ operationId: testId('operation', '2') })).toBe('done')
})
