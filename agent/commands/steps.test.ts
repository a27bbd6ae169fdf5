import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CommandRunner, type ResourceKind } from '@/agent/commands/runner'
import type { CommandTurn } from '@/agent/commands/turn'
import { Journal } from '@/agent/journal/journal'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'

const quiet = () => undefined
const log = createLog('test', 'error', quiet)
const floors = ['cellar', 'hall', 'roof'] as const
type Floor = (typeof floors)[number]

let dir: string
let journal: Journal
let runner: CommandRunner
/** What happened, in its order. */
let happened: string[]
/** What is there. */
let built: Set<string>
/** Called within the work of a floor. */
let during: (floor: Floor) => Promise<void>
let tearing: (floor: Floor) => Promise<void>

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'holdfast-steps-'))
  journal = Journal.open(dir)
  runner = new CommandRunner({ journal, log })
  happened = []
  built = new Set()
  during = async () => undefined
  tearing = async () => undefined
})
afterEach(async () => {
  await runner.stop()
  journal.close()
  rmSync(dir, { recursive: true, force: true })
})

const houses: ResourceKind = { commands: ['build'], recover: (_id, turn) => build(turn), begin: quiet }

async function build(turn: CommandTurn): Promise<string> {
  const notes: unknown[] = []
  for (const floor of floors) {
    const work = async () => {
      happened.push(`build ${floor}`)
      built.add(floor)
      await during(floor)
      return { floor, secret: 'canary-note' }
    }
    const note = await turn.step(floor, work, async (left) => {
      happened.push(`undo ${floor} ${left === null ? 'unknown' : left.floor}`)
      await tearing(floor)
      built.delete(floor)
    })
    notes.push(note.floor)
  }
  return notes.join(' ')
}

const command = (operationId = 'op_1') => ({
  kind: 'build',
  envelope: { operationId, resourceId: 'house', generation: 0, fence: 1, ttlMs: 10_000 },
  args: {},
})
const ask = (operationId?: string) =>
  runner.run(command(operationId), performance.now(), quiet, { carryOut: (turn) => build(turn) })

/** The agent ends in the middle of a floor, and another one begins. */
async function restartDuring(floor: Floor): Promise<void> {
  const reached = Promise.withResolvers<void>()
  during = async (at) => {
    if (at !== floor) return
    reached.resolve()
    await new Promise(() => undefined)
  }
  void ask().catch(quiet)
  await reached.promise
  journal.close()
  during = async () => undefined
  happened.length = 0
  journal = Journal.open(dir)
  runner = new CommandRunner({ journal, log })
}

async function settle(): Promise<void> {
  runner.resume([houses], Promise.resolve())
  await vi.waitFor(() => expect(journal.unfinished()).toEqual([]))
}

const failAt = (floor: Floor, message = 'It rains in.') => {
  during = async (at) => {
    if (at === floor) throw new HoldfastError('command_failed', message)
  }
}
const outcome = (work: Promise<unknown>) => work.catch((error: HoldfastError) => `${error.code}: ${error.message}`)

test('every step is done once, in its order; notes are sealed, and gone with the operation', async () => {
  during = async (floor) => {
    if (floor !== 'roof') return
    expect(journal.steps.of('op_1').map(({ name }) => name)).toEqual(['cellar', 'hall'])
    const files = readdirSync(dir).map((name) => readFileSync(path.join(dir, name)))
    expect(Buffer.concat(files).includes('canary-note')).toBe(false)
  }
  expect(await ask()).toBe('cellar hall roof')
  expect(happened).toEqual(['build cellar', 'build hall', 'build roof'])
  expect(journal.steps.of('op_1')).toEqual([])
})

test('after a restart it goes on after the last step that was done, with the notes of those before', async () => {
  await restartDuring('hall')
  expect(journal.steps.of('op_1')).toEqual([{ name: 'cellar', note: { floor: 'cellar', secret: 'canary-note' } }])
  await settle()
  expect(happened).toEqual(['build hall', 'build roof'])
  expect(await ask()).toBe('cellar hall roof')
})

test('a kind is told which steps were done', async () => {
  await restartDuring('roof')
  const done: string[] = []
  const kind = {
    ...houses,
    recover: async (_id: string, turn: CommandTurn) => done.push(...turn.done.map((s) => s.name)),
  }
  runner.resume([kind], Promise.resolve())
  await vi.waitFor(() => expect(journal.unfinished()).toEqual([]))
  expect(done).toEqual(['cellar', 'hall'])
})

test('an operation that fails is taken back from its last step to its first, the failed one too', async () => {
  failAt('hall')
  expect(await outcome(ask())).toBe('command_failed: It rains in.')
  expect(happened).toEqual(['build cellar', 'build hall', 'undo hall unknown', 'undo cellar cellar'])
  expect(built.size).toBe(0)
  expect(await outcome(ask())).toBe('command_failed: It rains in.')
})

test('a kind that does not go on takes back what was done before the restart', async () => {
  await restartDuring('roof')
  const kind = {
    ...houses,
    async recover(_id: string, turn: CommandTurn) {
      failAt('roof', 'It was interrupted.')
      return build(turn)
    },
  }
  runner.resume([kind], Promise.resolve())
  await vi.waitFor(() => expect(journal.unfinished()).toEqual([]))
  expect(built.size).toBe(0)
  expect(happened.filter((line) => line.startsWith('undo'))).toHaveLength(3)
  expect(await outcome(ask())).toContain('It was interrupted.')
})

test('what is being taken back is never built again, also after a restart in the middle of it', async () => {
  failAt('roof')
  const reached = Promise.withResolvers<void>()
  tearing = async (floor) => {
    if (floor !== 'hall') return
    reached.resolve()
    await new Promise(() => undefined)
  }
  void ask().catch(quiet)
  await reached.promise
  journal.close()
  journal = Journal.open(dir)
  runner = new CommandRunner({ journal, log })
  happened.length = 0
  tearing = async () => undefined
  during = async () => undefined
  await settle()
  expect(happened).toEqual(['undo roof unknown', 'undo hall hall', 'undo cellar cellar'])
  expect(built.size).toBe(0)
  expect(await outcome(ask())).toBe('command_failed: It rains in.')
})

test('where a step cannot be taken back, those before it stay, and the failure says so', async () => {
  failAt('roof')
  tearing = async (floor) => {
    if (floor === 'hall') throw new HoldfastError('busy', 'Somebody sleeps there.')
  }
  expect(await outcome(ask())).toBe(
    'command_failed: It rains in. What the step hall had done could not be taken back: Somebody sleeps there.',
  )
  expect([...built]).toEqual(['cellar', 'hall'])
  expect(journal.unfinished()).toEqual([])
})

test('while a child of a step hangs nothing is taken back; then it is, before anybody else may act', async () => {
  const gone = Promise.withResolvers<void>()
  const stuck = runner.run(command(), performance.now(), quiet, {
    async carryOut(turn) {
      await turn.step(
        'cellar',
        async () => {
          turn.hang(gone.promise)
          throw new HoldfastError('timed_out', 'It does not end.')
        },
        async () => {
          happened.push(`undone, held: ${runner.isHeld('house')}`)
        },
      )
    },
  })
  expect(await outcome(stuck)).toBe('timed_out: It does not end.')
  expect([happened, journal.unfinished().length]).toEqual([[], 1])
  gone.resolve()
  await vi.waitFor(() => expect(runner.isHeld('house')).toBe(false))
  expect([happened, journal.unfinished()]).toEqual([['undone, held: true'], []])
})

test('an agent that stops takes nothing back: the next one goes on', async () => {
  const cut = runner.run(command(), performance.now(), quiet, {
    carryOut: (turn) =>
      turn.step(
        'cellar',
        () => new Promise((_, reject) => turn.signal.addEventListener('abort', () => reject(turn.signal.reason))),
        async () => {
          happened.push('undone')
        },
      ),
  })
  await vi.waitFor(() => expect(runner.isHeld('house')).toBe(true))
  await runner.stop()
  await outcome(cut)
  expect([happened, journal.unfinished().length]).toEqual([[], 1])
})

test('a kind that recovers first is not pushed aside by a later command; another one is', async () => {
  await restartDuring('hall')
  const gate = Promise.withResolvers<void>()
  during = () => gate.promise
  runner.resume([{ ...houses, recoversFirst: true }], Promise.resolve())
  await vi.waitFor(() => expect(happened).toEqual(['build hall']))
  const later = runner.run(command('op_2'), performance.now(), quiet, { carryOut: async () => happened.push('later') })
  gate.resolve()
  await later
  expect(happened).toEqual(['build hall', 'build roof', 'later'])
  expect(await ask('op_1')).toBe('cellar hall roof')
})

test('two steps of one name are a mistake', async () => {
  const twice = runner.run(command(), performance.now(), quiet, {
    async carryOut(turn) {
      await turn.step('cellar', async () => 1)
      await turn.step('cellar', async () => 2)
    },
  })
  expect(await outcome(twice)).toContain('internal')
})
