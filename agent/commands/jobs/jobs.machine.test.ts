import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identify } from '@/agent/host/exec/processes'
import type { CommandEnvelope, ObservedJob } from '@/lib/agent-protocol/messages'
import type { HoldfastError } from '@/lib/errors'
import { type JobHost, openJobHost } from '@/testing/agent/job-host'
import { removeBase } from '@/testing/agent/mount-host'
import { COLOUR, giveBrush, painters } from '@/testing/agent/painting'
import { testId } from '@/testing/ids'
import { waitFor } from '@/testing/wait'

const OPERATION = testId('operation', 'paint')
const WALL = testId('volume', 'wall')
const envelope = (more: Partial<CommandEnvelope> = {}): CommandEnvelope => ({
  operationId: OPERATION,
  resourceId: WALL,
  generation: 1,
  fence: 3,
  ttlMs: 60_000,
  ...more,
})
const asked = { whenKilled: 'undo' as 'undo' | 'resume', silentMs: 60_000 }

let base: string
let host: JobHost

beforeEach(async () => {
  base = mkdtempSync('/srv/holdfast-jobs-')
  host = await openJobHost(base)
})
afterEach(async () => {
  for (const pid of painters(base)) if (identify(pid)) process.kill(pid, 'SIGKILL')
  await host.close()
  removeBase(base)
})

const start = (more: Partial<typeof asked> = {}, of: Partial<CommandEnvelope> = {}) =>
  host.jobs.start('paint', envelope(of), performance.now(), { ...asked, ...more })
const job = (operationId = OPERATION): ObservedJob => {
  const found = host.jobs.find(operationId)
  if (found === null) throw new Error('the job is not known')
  return found
}
const untilDone = (done: number) => waitFor(`${done} strokes`, () => (job().progress?.done ?? 0) >= done)
const untilEnded = (operationId = OPERATION) =>
  waitFor('the end of the job', () => (job(operationId).endedAt === null ? null : job(operationId)))
const has = (name: string) => existsSync(join(base, name))
const traces = () => ['frame', 'canvas', 'hung'].filter(has)
const [painter, keeper] = [
  () => painters(base).at(-1) ?? 0,
  () => JSON.parse(readFileSync(join(base, 'run/jobs', OPERATION, 'paint/state.json'), 'utf8')).supervisor.pid,
]

async function restart(boot?: string): Promise<void> {
  await host.close()
  host = await openJobHost(base, boot)
}

describe('a job', () => {
  it('is accepted at once, tells how far it is, and ends with its result', async () => {
    const told: ObservedJob[] = []
    host.jobs.subscribe((all) => told.push(...all))
    const accepted = await start()
    expect(accepted).toMatchObject({ operationId: OPERATION, kind: 'paint', endedAt: null, result: null })
    expect(host.journal.unfinished()).toHaveLength(1)
    await untilDone(1)
    expect(job()).toMatchObject({ state: 'running', progress: { done: 1, total: 3, unit: 'items' } })
    giveBrush(base, 1, 2)
    const ended = await untilEnded()
    expect(ended).toMatchObject({ state: 'succeeded', progress: { done: 3 }, error: null })
    expect(ended.result).toMatchObject({ lines: expect.arrayContaining(['painted']) })
    expect(ended.lines.map(({ message }) => message)).toContain('painted')
    expect(told.map(({ state }) => state)).toEqual(expect.arrayContaining(['running', 'succeeded']))
    expect([traces(), host.journal.unfinished()]).toEqual([['frame', 'canvas', 'hung'], []])
    // Nothing is left but its log.
    expect(readdirSync(join(base, 'run/jobs', OPERATION))).toEqual(['log'])
  })

  it('is the same one when it is asked for again, while it runs, after its end and after a restart', async () => {
    const twice = await Promise.all([start(), start()])
    expect(twice.map(({ operationId }) => operationId)).toEqual([OPERATION, OPERATION])
    await untilDone(1)
    expect(await start()).toMatchObject({ state: 'running' })
    await expect(start({ silentMs: 1 })).rejects.toMatchObject({ code: 'conflict' })
    giveBrush(base, 1, 2)
    const ended = await untilEnded()
    expect(await start()).toEqual(ended)
    await restart()
    expect(await start()).toMatchObject({ state: 'succeeded', result: ended.result, lines: ended.lines })
    expect(painters(base)).toHaveLength(1)
  })

  it('holds its resource, and others wait or are told who is at work', async () => {
    await start()
    const late = start({}, { operationId: testId('operation', 'late'), ttlMs: 50 })
    await expect(late).rejects.toMatchObject({ code: 'operation_in_progress', details: { operationId: OPERATION } })
    const next = start({}, { operationId: testId('operation', 'next') })
    giveBrush(base, 1, 2)
    expect(await next).toMatchObject({ operationId: testId('operation', 'next') })
    expect(await untilEnded(testId('operation', 'next'))).toMatchObject({ state: 'succeeded' })
  })

  it.each([
    ['spoil', 'It was spoilt (7).'],
    ['crash', 'node was ended by SIGABRT.'],
  ])('that fails by itself (%s) is taken back', async (how, message) => {
    writeFileSync(join(base, how), '')
    giveBrush(base, 1, 2)
    await start({ whenKilled: 'resume' })
    expect(await untilEnded()).toMatchObject({ state: 'failed', error: { code: 'command_failed', message } })
    expect([traces(), painters(base).length]).toEqual([[], 1])
  })

  it('that says nothing for too long is given up and taken back', async () => {
    await start({ silentMs: 300 })
    expect(await untilEnded()).toMatchObject({ state: 'failed', error: { code: 'timed_out' } })
    expect([traces(), identify(painter())]).toEqual([[], null])
  })

  it('gives its program secrets that nobody else sees', async () => {
    await start()
    await untilDone(1)
    await waitFor('its first line', () => job().lines.length > 0)
    const log = JSON.stringify(host.jobs.logAfter(OPERATION, 0))
    expect(log).toContain('colour *** ***')
    expect(log).not.toContain(COLOUR)
    expect(readFileSync(`/proc/${painter()}/cmdline`, 'utf8')).not.toContain(COLOUR)
    expect(readFileSync(`/proc/${keeper()}/cmdline`, 'utf8')).not.toContain(COLOUR)
    const outside = readFileSync(`/proc/${painter()}/environ`, 'utf8').split('\0').filter(Boolean).sort()
    expect(outside).toEqual([`COLOUR=${COLOUR}`, 'LC_ALL=C', expect.stringMatching(/^PATH=/)])
  })
})

describe('the log of a job', () => {
  it('is given in parts, and goes on with its numbers in the next agent', async () => {
    await start()
    await waitFor('its first line', () => job().lines.length > 0)
    const [first] = host.jobs.logAfter(OPERATION, 0).lines
    await restart()
    giveBrush(base, 1, 2)
    await untilEnded()
    const all = host.jobs.logAfter(OPERATION, 0).lines
    expect(all[0]).toEqual(first)
    expect(all.map(({ line }) => line)).toEqual(all.map((_, index) => index + 1))
    expect(all.filter(({ message }) => message.startsWith('colour'))).toHaveLength(1)
    expect(host.jobs.logAfter(OPERATION, 1).lines).toEqual(all.slice(1))
    expect(host.jobs.logAfter(testId('operation', 'none'), 0)).toEqual({ job: null, lines: [] })
  })

  it('gives no number twice when it was lost', async () => {
    await start({ whenKilled: 'resume' })
    await waitFor('its first line', () => job().lines.length > 0)
    const last = host.jobs.logAfter(OPERATION, 0).lines.at(-1)?.line ?? 0
    await host.close()
    process.kill(painter(), 'SIGKILL')
    await waitFor('the end of its program', () => identify(painter()) === null)
    rmSync(join(base, 'run/jobs'), { recursive: true })
    host = await openJobHost(base, 'second boot')
    giveBrush(base, 1, 2)
    await untilEnded()
    for (const { line } of host.jobs.logAfter(OPERATION, 0).lines) expect(line).toBeGreaterThan(last)
  })
})

describe('when the agent ends', () => {
  it('its program goes on, and the next agent joins it', async () => {
    await start()
    await untilDone(1)
    const pid = painter()
    await host.close()
    giveBrush(base, 1)
    expect(identify(pid)).not.toBeNull()
    host = await openJobHost(base)
    await untilDone(2)
    expect(job().state).toBe('running')
    giveBrush(base, 2)
    expect(await untilEnded()).toMatchObject({ state: 'succeeded' })
    expect(painters(base)).toEqual([pid])
    expect(readFileSync(join(base, 'hung'), 'utf8')).toBe('x')
  })

  it('a program that ended meanwhile is heard of', async () => {
    await start()
    await untilDone(1)
    const pid = painter()
    await host.close()
    giveBrush(base, 1, 2)
    await waitFor('the end of the program', () => identify(pid) === null)
    host = await openJobHost(base)
    expect(await untilEnded()).toMatchObject({ state: 'succeeded' })
    expect(painters(base)).toHaveLength(1)
  })

  it('its resource is held in the next one before anybody else may act', async () => {
    await start()
    await untilDone(1)
    await restart()
    expect(host.runner.isHeld(WALL)).toBe(true)
    const other = start({}, { operationId: testId('operation', 'other'), ttlMs: 50 })
    await expect(other).rejects.toMatchObject({ code: 'operation_in_progress' })
    giveBrush(base, 1, 2)
    await untilEnded()
  })
})

describe.each([
  ['the program', painter],
  ['its keeper', keeper],
] as const)('kill -9 of %s', (_what, victim) => {
  it('ends a job that is taken back, with nothing left', async () => {
    await start()
    await untilDone(1)
    const pid = painter()
    process.kill(victim(), 'SIGKILL')
    expect(await untilEnded()).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('killed') } })
    expect([traces(), identify(pid)]).toEqual([[], null])
  })

  it('makes a job go on that can', async () => {
    await start({ whenKilled: 'resume' })
    await untilDone(1)
    const pid = painter()
    process.kill(victim(), 'SIGKILL')
    await waitFor('another start', () => painters(base).length === 2)
    expect(identify(pid)).toBeNull()
    giveBrush(base, 1, 2)
    expect(await untilEnded()).toMatchObject({ state: 'succeeded' })
  })

  it('while no agent runs is found out by the next one', async () => {
    await start()
    await untilDone(1)
    const pid = painter()
    const killed = victim()
    await host.close()
    process.kill(killed, 'SIGKILL')
    await waitFor('its end', () => identify(killed) === null)
    host = await openJobHost(base)
    expect(await untilEnded()).toMatchObject({ state: 'failed' })
    expect([traces(), identify(pid)]).toEqual([[], null])
  })
})

describe('after a restart of the host', () => {
  /** Its processes and its tmpfs are gone. */
  async function reboot(): Promise<void> {
    const pids = [painter(), keeper()]
    await host.close()
    for (const pid of pids.reverse()) process.kill(pid, 'SIGKILL')
    await waitFor('the end of all', () => pids.every((pid) => identify(pid) === null))
    rmSync(join(base, 'run/jobs'), { recursive: true })
    host = await openJobHost(base, 'second boot')
  }

  it('a job is taken back that says so', async () => {
    await start()
    await untilDone(1)
    await reboot()
    expect(await untilEnded()).toMatchObject({ state: 'failed' })
    expect([traces(), painters(base).length]).toEqual([[], 1])
  })

  it('a job goes on that can', async () => {
    await start({ whenKilled: 'resume' })
    await untilDone(1)
    await reboot()
    giveBrush(base, 1, 2)
    expect(await untilEnded()).toMatchObject({ state: 'succeeded' })
    expect(painters(base)).toHaveLength(2)
  })
})

describe('a cancelled job', () => {
  it('is stopped and taken back; an ended one stays as it is', async () => {
    await start()
    await untilDone(1)
    const pid = painter()
    expect(host.jobs.cancel(OPERATION, 3)).toMatchObject({ state: 'cancelling' })
    expect(await untilEnded()).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } })
    expect([traces(), identify(pid), host.journal.unfinished()]).toEqual([[], null, []])
    expect(host.jobs.cancel(OPERATION, 3)).toMatchObject({ state: 'cancelled' })
    expect(await start()).toMatchObject({ state: 'cancelled' })
    expect(host.jobs.cancel(testId('operation', 'none'), 3)).toBeNull()
  })

  it('is so also where the agent ends before the job has', async () => {
    await start({ whenKilled: 'resume' })
    await untilDone(1)
    const pid = painter()
    host.jobs.cancel(OPERATION, 3)
    await restart()
    expect(await untilEnded()).toMatchObject({ state: 'cancelled' })
    expect([traces(), identify(pid), painters(base).length]).toEqual([[], null, 1])
  })

  it('is not cancelled by a controller that has lost the lead', async () => {
    await start()
    let refused: unknown
    try {
      host.jobs.cancel(OPERATION, 2)
    } catch (error) {
      refused = (error as HoldfastError).code
    }
    expect([refused, job().endedAt]).toEqual(['stale', null])
    giveBrush(base, 1, 2)
    expect(await untilEnded()).toMatchObject({ state: 'succeeded' })
  })
})

it('the keeper of a program whose directory was taken away ends with it', async () => {
  await start()
  await untilDone(1)
  const [pid, kept] = [painter(), keeper()]
  await host.close()
  rmSync(join(base, 'run/jobs'), { recursive: true })
  process.kill(pid, 'SIGKILL')
  await waitFor('the end of the keeper', () => identify(kept) === null)
  host = await openJobHost(base, 'second boot')
  expect(await untilEnded()).toMatchObject({ state: 'failed' })
})

it('of many that have ended the last few are known, and nothing of the others is left', async () => {
  giveBrush(base, 1, 2)
  const ids = Array.from({ length: 10 }, (_, index) => testId('operation', `many ${index}`))
  for (const operationId of ids) {
    await start({}, { operationId })
    await untilEnded(operationId)
  }
  await waitFor('the old ones to go', () => readdirSync(join(base, 'run/jobs')).length === 8)
  expect(job(ids[0])).toMatchObject({ state: 'succeeded', lines: [] })
  await restart()
  expect(readdirSync(join(base, 'run/jobs'))).toHaveLength(8)
  expect(
    host.jobs
      .list()
      .map(({ operationId }) => operationId)
      .sort(),
  ).toEqual(ids.slice(2).sort())
})
