import { beforeEach, expect, test } from 'vitest'
import type { JobProgram, JobTurn } from '@/agent/commands/jobs/job-kind'
import type { Turn, Undo } from '@/agent/commands/turn'
import { engineHost } from '@/agent/host/engine-host'
import { Runner } from '@/agent/host/exec/run'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'
import { FakeHost } from '@/testing/drivers/fake-host'
import { testId } from '@/testing/ids'
import { openEngineTurn, type WorkDoor } from './engine-turn'

const CANARY = 'canary-not-a-real-key'

let stop: AbortController
let cancel: AbortController
let lines: string[]
let hanging: number
let exitCode: number
let undos: Undo<never>[]
let doors: { signal: AbortSignal; door: WorkDoor; runner: Runner }[]

beforeEach(() => {
  stop = new AbortController()
  cancel = new AbortController()
  lines = []
  hanging = 0
  exitCode = 0
  undos = []
  doors = []
})

function job(): JobTurn {
  return {
    operationId: testId('operation', '1'),
    signal: AbortSignal.any([stop.signal, cancel.signal]),
    log: (message) => void lines.push(message),
    hang: () => void hanging++,
    done: [],
    async step(_name, work, undo) {
      if (undo !== undefined) undos.push(undo as Undo<never>)
      return work()
    },
    advance: () => undefined,
    directory: (step) => `/run/${step}`,
    async run(_step: string, _program: JobProgram) {
      return { exitCode, lines: ['one', 'two', 'three', 'four', 'five', 'it is spoilt'] }
    },
  }
}

/** `stuck`: what is given up on in this door never ends. */
function open(signal: AbortSignal): WorkDoor {
  const runner = new Runner({ signal })
  const host = new FakeHost()
  const number = doors.length
  host.answers.set('stat', () => ({ exitCode: 0, stdout: String(number), stderr: '' }))
  const door = { host, runner, redactor: runner.redactor, engineHost: engineHost(host) }
  doors.push({ signal, door, runner })
  return door
}

const turnOf = (signal: AbortSignal): Turn => ({
  operationId: testId('operation', '1'),
  signal,
  log: () => undefined,
  hang: () => void hanging++,
})
const program = { command: 'node', args: [], parseProgress: () => null, whenKilled: 'undo', silentMs: 1_000 } as const

test('a step ends when the job is cancelled; what stands between steps, and what is taken back, does not', async () => {
  const { turn } = openEngineTurn(job(), stop.signal, open)
  const { host } = turn
  const seen: [string, string, boolean][] = []
  const look = async (where: string) => {
    seen.push([where, (await host.run('stat', [])).stdout, turn.signal.aborted])
  }
  await look('before')
  await turn.step(
    'work',
    () => look('in the step'),
    () => look('back'),
  )
  await look('after')
  cancel.abort(new HoldfastError('cancelled', 'It was cancelled.'))
  await look('cancelled')
  await turn.step('late', () => look('in a late step'))
  await undos[0]?.(null, turnOf(stop.signal))
  expect(seen).toEqual([
    ['before', '0', false],
    ['in the step', '1', false],
    ['after', '0', false],
    ['cancelled', '0', false],
    ['in a late step', '1', true],
    ['back', '2', false],
  ])
  stop.abort()
  expect(turn.signal.aborted).toBe(true)
})

test('a step that fails gives its door back', async () => {
  const { turn } = openEngineTurn(job(), stop.signal, open)
  const failing = turn.step('work', async () => {
    throw new HoldfastError('busy', 'It is in use.')
  })
  await expect(failing).rejects.toMatchObject({ code: 'busy' })
  expect((await turn.host.run('stat', [])).stdout).toBe('0')
})

test('a child that hangs in a step, or while it is taken back, is told to whoever has that turn', async () => {
  const { turn } = openEngineTurn(job(), stop.signal, (signal) => {
    const door = open(signal)
    Object.defineProperty(door.runner, 'uncertain', { value: true })
    return door
  })
  await turn.step(
    'work',
    async () => undefined,
    async () => undefined,
  )
  expect(hanging).toBe(1)
  await undos[0]?.(null, turnOf(stop.signal))
  expect(hanging).toBe(2)
})

test('what is secret is in no line, through whichever door it comes', async () => {
  const { turn, hide } = openEngineTurn(job(), stop.signal, open)
  hide([new Secret(CANARY)])
  const say = async () => turn.log(`key ${CANARY}`)
  await say()
  await turn.step('work', say, say)
  await undos[0]?.(null, turnOf(stop.signal))
  expect(lines).toEqual(['key ***', 'key ***', 'key ***'])
})

test('a program that does not end with 0 fails with its last lines', async () => {
  const { turn } = openEngineTurn(job(), stop.signal, open)
  await turn.run('copy', program)
  exitCode = 3
  await expect(turn.run('again', program)).rejects.toMatchObject({
    code: 'command_failed',
    message: expect.stringMatching(/^node ended with 3\. two\n.*it is spoilt$/s),
    details: { exitCode: 3 },
  })
})
