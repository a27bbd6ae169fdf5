import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type CommandHandler, CommandRunner, type ResourceKind } from '@/agent/commands/runner'
import type { CommandTurn, Turn } from '@/agent/commands/turn'
import { Journal } from '@/agent/journal/journal'
import type { CommandEnvelope } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'

const quiet = () => undefined
const log = createLog('test', 'error', quiet)
let dir: string
let journal: Journal
let runner: CommandRunner
let runs: number

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'holdfast-runner-'))
  journal = Journal.open(dir)
  runner = new CommandRunner({ journal, log })
  runs = 0
})
afterEach(async () => {
  await runner.stop()
  journal.close()
  rmSync(dir, { recursive: true, force: true })
})

function envelope(change: Partial<CommandEnvelope> = {}): CommandEnvelope {
  return { operationId: 'op_1', resourceId: 'one', generation: 0, fence: 1, ttlMs: 10_000, ...change }
}

/** The agent ends, and another one begins. */
async function replace(): Promise<void> {
  await runner.stop()
  journal.close()
  journal = Journal.open(dir)
  runner = new CommandRunner({ journal, log })
}

function ask(
  change: Partial<CommandEnvelope> = {},
  carryOut: CommandHandler<unknown>['carryOut'] = async () => 'done',
  more: { args?: unknown; want?: () => void; receivedAt?: number } = {},
): Promise<unknown> {
  const command = { kind: 'paint', envelope: envelope(change), args: more.args ?? {} }
  return runner.run(command, more.receivedAt ?? performance.now(), quiet, {
    ...(more.want ? { want: more.want } : {}),
    carryOut(turn) {
      runs++
      return carryOut(turn)
    },
  })
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: HoldfastError) => error.code,
  )
/** Runs until it is cut off. */
const untilCutOff = ({ signal }: Turn) =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })
const failing = () => Promise.reject(new HoldfastError('command_failed', 'It failed.'))

/** A kind that says what it was asked to bring to an end. */
function paintings(
  recover: (resourceId: string, turn: CommandTurn) => Promise<unknown>,
): ResourceKind & { begun: boolean } {
  return {
    begun: false,
    commands: ['paint'],
    recover,
    begin() {
      this.begun = true
    },
  }
}

test('the same operation again gives the stored outcome, also after a restart of the agent', async () => {
  expect(await ask()).toBe('done')
  await replace()
  expect(await ask()).toBe('done')
  expect(runs).toBe(1)
})

test('a failure is an outcome too', async () => {
  expect(await code(ask({}, failing))).toBe('command_failed')
  expect(await code(ask())).toBe('command_failed')
  expect(runs).toBe(1)
})

test('the same id with other content, an old fence or generation, and a late command are refused unstarted', async () => {
  await ask({ fence: 5, generation: 5 })
  expect(await code(ask({ fence: 5 }, undefined, { args: 'other' }))).toBe('conflict')
  expect(await code(ask({ operationId: 'op_2', fence: 4, generation: 6 }))).toBe('stale')
  expect(await code(ask({ operationId: 'op_3', fence: 5, generation: 4 }))).toBe('stale')
  const late = ask({ operationId: 'op_4', fence: 5, ttlMs: 100 }, undefined, { receivedAt: performance.now() - 5_000 })
  expect(await code(late)).toBe('stale')
  expect(runs).toBe(1)
})

test('commands of one resource follow each other in their order, those of two do not wait; the same one joins', async () => {
  const gate = Promise.withResolvers<void>()
  const order: string[] = []
  const slow = (name: string) => async () => {
    await gate.promise
    order.push(name)
    return name
  }
  const first = ask({}, slow('first'))
  const joined = ask({}, slow('never'))
  expect(await code(ask({}, slow('never'), { args: 'other' }))).toBe('conflict')
  const second = ask({ operationId: 'op_2' }, slow('second'))
  const third = ask({ operationId: 'op_3' }, slow('third'))
  expect(await ask({ operationId: 'op_4', resourceId: 'two' })).toBe('done')
  gate.resolve()
  expect(await Promise.all([first, joined, second, third])).toEqual(['first', 'first', 'second', 'third'])
  expect(order).toEqual(['first', 'second', 'third'])
})

test('whose turn does not come in its time is told who is at work, and is not written down', async () => {
  const gate = Promise.withResolvers<void>()
  const first = ask({}, () => gate.promise)
  await expect(ask({ operationId: 'op_2', ttlMs: 30 })).rejects.toMatchObject({
    code: 'operation_in_progress',
    details: { operationId: 'op_1' },
  })
  gate.resolve()
  await first
  expect(await ask({ operationId: 'op_2' })).toBe('done')
})

test('while a child hangs that was given up on, nobody else may act, and the command has no end yet', async () => {
  const gone = Promise.withResolvers<void>()
  const stuck = ask({}, async (turn) => {
    turn.hang(gone.promise)
    throw new HoldfastError('timed_out', 'It does not end.')
  })
  const waiting = ask({ operationId: 'op_2' })
  expect(await code(stuck)).toBe('timed_out')
  expect(await code(waiting)).toBe('operation_in_progress')
  expect(await code(ask({ operationId: 'op_3' }))).toBe('operation_in_progress')
  expect(runner.background('one', 'heal', quiet, async () => undefined)).toBeNull()
  expect(journal.unfinished().map(({ operationId }) => operationId)).toEqual(['op_1'])
  gone.resolve()
  await vi.waitFor(() => expect(runner.isHeld('one')).toBe(false))
  expect(journal.unfinished()).toEqual([])
  expect(await code(ask())).toBe('timed_out')
  expect(await ask({ operationId: 'op_4' })).toBe('done')
})

test('background work gives way to a command, and does not begin beside one', async () => {
  const seen: string[] = []
  const background = runner.background('one', 'heal', quiet, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    seen.push('gave way')
  })
  const gate = Promise.withResolvers<void>()
  const command = ask({}, async () => {
    seen.push('command')
    await gate.promise
  })
  await background
  await vi.waitFor(() => expect(seen).toEqual(['gave way', 'command']))
  expect(runner.background('one', 'heal', quiet, async () => undefined)).toBeNull()
  gate.resolve()
  await command
})

test('what is wanted is written down with the intent, or not at all', async () => {
  const refused = ask({}, undefined, {
    want() {
      throw new HoldfastError('conflict', 'There is no room for it.')
    },
  })
  expect(await code(refused)).toBe('conflict')
  expect([runs, journal.unfinished()]).toEqual([0, []])
})

test('what a killed agent left half done is brought to an end by its kind, before a new command may act', async () => {
  journal.begin({ kind: 'paint', envelope: envelope(), args: {} })
  journal.begin({ kind: 'paint', envelope: envelope({ operationId: 'op_0', resourceId: 'two' }), args: {} })
  const cleared = Promise.withResolvers<void>()
  const kind = paintings(async (resourceId) => {
    if (resourceId === 'two') return failing()
    return 'finished'
  })
  runner.resume([kind], cleared.promise)
  expect([runner.isHeld('one'), runner.isHeld('two'), kind.begun]).toEqual([true, true, false])
  cleared.resolve()
  await vi.waitFor(() => expect(kind.begun).toBe(true))
  expect(journal.unfinished()).toEqual([])
  expect(await ask()).toBe('finished')
  expect(await code(ask({ operationId: 'op_0', resourceId: 'two' }))).toBe('command_failed')
  expect(runs).toBe(0)
})

test('the interrupted command, asked for again meanwhile, takes over and ends it', async () => {
  journal.begin({ kind: 'paint', envelope: envelope(), args: {} })
  const kind = paintings((_id, turn) => untilCutOff(turn))
  runner.resume([kind], Promise.resolve())
  expect(await ask()).toBe('done')
  expect([runs, journal.unfinished()]).toEqual([1, []])
})

test('an agent that stops leaves what it cut off to the next one', async () => {
  const cut = ask({}, untilCutOff)
  await vi.waitFor(() => expect(journal.unfinished()).toHaveLength(1))
  await replace()
  await cut.catch(() => undefined)
  const kind = paintings(async () => 'finished by the next')
  runner.resume([kind], Promise.resolve())
  await vi.waitFor(() => expect(kind.begun).toBe(true))
  expect(await ask()).toBe('finished by the next')
})

test('a command of a kind that this agent does not know is ended, and says so', async () => {
  journal.begin({ kind: 'weave', envelope: envelope(), args: {} })
  runner.resume([paintings(async () => undefined)], Promise.resolve())
  await vi.waitFor(() => expect(journal.unfinished()).toEqual([]))
  const known = journal.recall({ kind: 'weave', envelope: envelope(), args: {} })
  expect(known).toMatchObject({ status: 'failed', error: { code: 'unsupported' } })
})
