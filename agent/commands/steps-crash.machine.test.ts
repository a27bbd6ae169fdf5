import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { atEachPoint } from '@/testing/agent/kill-points'

const FLOORS = ['cellar', 'hall', 'roof']
/** Each boundary of each step. */
const AHEAD = FLOORS.flatMap((floor) => ['before', 'worked', 'noted'].map((end) => `step.${floor}.${end}`))
const BACK = ['undo.noted', 'undo.roof.after', 'undo.hall.after', 'undo.cellar.after']
const GOING_ON = ['intent.after-commit', ...AHEAD, 'journal.step.before-commit', 'result.before', 'result.after']
const FAILING = [...AHEAD.filter((point) => !/roof\.(worked|noted)/.test(point)), ...BACK]
/** Of the first floor, of the last one that is built, and what is noted nowhere. The full run has all. */
const isUsual = (point: string) => /(cellar|hall)\.worked$|before-commit$|^result\.before$|^undo\.hall/.test(point)

let bundle: Awaited<ReturnType<typeof bundleProcess>>
let base: string

beforeAll(async () => {
  bundle = await bundleProcess('steps-process')
})
afterAll(() => bundle.done())
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'holdfast-steps-crash-'))
})
afterEach(() => rmSync(base, { recursive: true }))

/** Runs the agent once; null when it was killed. */
function agent(failing: string, failpoint = ''): unknown {
  const env = { ...process.env, HOLDFAST_TEST: '1', HOLDFAST_FAILPOINT: failpoint }
  const args = [bundle.program, base, failing]
  const ended = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 })
  if (ended.signal === 'SIGKILL') return null
  expect(ended.stderr).toBe('')
  return JSON.parse(ended.stdout)
}
const built = () => (existsSync(join(base, 'house')) ? readdirSync(join(base, 'house')) : [])
const works = () => readFileSync(join(base, 'works'), 'utf8').trim().split('\n')

describe('kill -9 of the agent', () => {
  atEachPoint(GOING_ON, isUsual, 'at %s: the next one goes on, and does nothing twice that was noted', (point) => {
    expect(agent('', point)).toBeNull()
    const [, floor = '', end] = point.split('.')
    const wasCutOff = end === 'worked' || point === 'journal.step.before-commit'
    expect(agent('')).toEqual({ result: FLOORS })
    expect(built().sort()).toEqual(FLOORS)
    const again = point === 'journal.step.before-commit' ? 'cellar' : floor
    expect(works()).toEqual(FLOORS.flatMap((name) => (wasCutOff && name === again ? [name, name] : [name])))
  })

  atEachPoint(
    FAILING,
    isUsual,
    'at %s of an operation that fails: nothing of it is left, and the answer is its failure',
    (point) => {
      expect(agent('roof', point)).toBeNull()
      expect(agent('roof')).toEqual({ error: 'command_failed' })
      expect(built()).toEqual([])
    },
  )

  atEachPoint(
    BACK,
    isUsual,
    'at %s: what was being taken back is not built again, though it would succeed now',
    (point) => {
      expect(agent('roof', point)).toBeNull()
      expect(agent('')).toEqual({ error: 'command_failed' })
      expect(built()).toEqual([])
      expect(works()).toEqual(FLOORS)
    },
  )
})
