import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { identify } from '@/agent/host/exec/processes'
import { ObservedJob } from '@/lib/agent-protocol/messages'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { atEachPoint } from '@/testing/agent/kill-points'
import { removeBase } from '@/testing/agent/mount-host'
import { giveBrush, painters } from '@/testing/agent/painting'
import { testId } from '@/testing/ids'
import { waitFor } from '@/testing/wait'

const boundaries = (step: string) => ['before', 'worked', 'noted'].map((end) => `step.${step}.${end}`)
const PROGRAM = ['program.paint.announced', 'program.paint.started', 'program.paint.ended']
const AHEAD = [...boundaries('frame'), ...PROGRAM, ...boundaries('paint')]
const BACK = ['undo.noted', 'undo.paint.after', 'undo.frame.after']
const GOING_ON = ['intent.after-commit', ...AHEAD, ...boundaries('wall'), 'result.before', 'result.after']
/** Done or begun, and noted nowhere. The full run has all. */
const isHarsh = (point: string) => /\.(worked|started)$|^result\.before$|^undo\.paint/.test(point)

let bundle: Awaited<ReturnType<typeof bundleProcess>>
let base: string

beforeAll(async () => {
  bundle = await bundleProcess('job-process')
})
afterAll(() => bundle.done())
beforeEach(() => {
  base = mkdtempSync('/srv/holdfast-jobs-crash-')
})
afterEach(() => {
  for (const pid of painters(base)) if (identify(pid)) process.kill(pid, 'SIGKILL')
  removeBase(base)
})

/** Runs the agent until the job has ended; null when it was killed. */
function agent(failpoint = ''): ObservedJob | null {
  const env = { ...process.env, HOLDFAST_TEST: '1', HOLDFAST_FAILPOINT: failpoint }
  const ended = spawnSync(process.execPath, [bundle.program, base], { env, encoding: 'utf8', timeout: 60_000 })
  if (ended.signal === 'SIGKILL') return null
  expect(ended.stderr).toBe('')
  return ObservedJob.parse(JSON.parse(ended.stdout))
}
const traces = () => ['frame', 'canvas', 'hung'].filter((name) => existsSync(join(base, name)))

describe('kill -9 of the agent', () => {
  atEachPoint(GOING_ON, isHarsh, 'at %s: the next one finishes the job, with one program', (point) => {
    giveBrush(base, 1, 2)
    expect(agent(point)).toBeNull()
    expect(agent()).toMatchObject({ state: 'succeeded' })
    expect([traces(), painters(base).length]).toEqual([['frame', 'canvas', 'hung'], 1])
    // Only a step that was not noted is done again.
    expect(readFileSync(join(base, 'hung'), 'utf8')).toBe(point === 'step.wall.worked' ? 'xx' : 'x')
    expect(readdirSync(join(base, 'run/jobs', testId('operation', 'paint')))).toEqual(['log'])
  })

  atEachPoint([...AHEAD, ...BACK], isHarsh, 'at %s of a job that fails: nothing of it is left', (point) => {
    writeFileSync(join(base, 'spoil'), '')
    giveBrush(base, 1, 2)
    expect(agent(point)).toBeNull()
    expect(agent()).toMatchObject({ state: 'failed', error: { message: 'It was spoilt (7).' } })
    expect([traces(), painters(base).length]).toEqual([[], 1])
  })

  it('while the program runs: it goes on, and the next agent joins it', async () => {
    const first = spawn(process.execPath, [bundle.program, base], { stdio: 'ignore' })
    const [pid] = await waitFor('the program', () => (painters(base).length > 0 ? painters(base) : null))
    first.kill('SIGKILL')
    await once(first, 'exit')
    giveBrush(base, 1)
    expect(identify(pid ?? 0)).not.toBeNull()
    const second = spawn(process.execPath, [bundle.program, base], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    second.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    giveBrush(base, 2)
    await once(second, 'close')
    expect(ObservedJob.parse(JSON.parse(text))).toMatchObject({ state: 'succeeded' })
    expect(painters(base)).toEqual([pid])
  })
})
