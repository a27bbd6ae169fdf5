import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Child } from '@/lib/supervisor/child'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-child-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

test('a start that cannot even be prepared is tried again, and does not end the supervisor', async () => {
  let isBroken = false
  const reasons: string[] = []
  const child = new Child({
    name: 'sample',
    command: () => {
      if (isBroken) throw new Error('its files cannot be given to it')
      const program = "process.send({ type: 'ready' }); setInterval(() => {}, 1_000)"
      return { file: process.execPath, args: ['-e', program], env: process.env }
    },
    logDir: directory,
    onUnexpectedExit: () => undefined,
    onFailedRestart: (error) => reasons.push(error.message),
  })
  try {
    await child.start(10_000)
    const first = child.pid ?? 0
    isBroken = true
    process.kill(first, 'SIGKILL')
    await vi.waitFor(() => expect(reasons).toEqual(['its files cannot be given to it']), { timeout: 5_000 })
    isBroken = false
    await vi.waitFor(() => expect(child.pid).toBeGreaterThan(0), { timeout: 10_000 })
    expect(child.pid).not.toBe(first)
  } finally {
    await child.stop(5_000)
  }
})

test('a first start that cannot be prepared says why', async () => {
  const child = new Child({
    name: 'sample',
    command: () => {
      throw new Error('its files cannot be given to it')
    },
    logDir: directory,
    onUnexpectedExit: () => undefined,
  })
  await expect(child.start(10_000)).rejects.toThrow('its files cannot be given to it')
})

test('one that is killed ten times in a row is there again each time, and once more', { timeout: 60_000 }, async () => {
  const started = path.join(directory, 'started')
  const program = `
    const { appendFileSync } = require('node:fs')
    process.send({ type: 'ready' }, () => appendFileSync(${JSON.stringify(started)}, '.'))
    setInterval(() => {}, 1_000)`
  const child = new Child({
    name: 'sample',
    command: () => ({ file: process.execPath, args: ['-e', program], env: process.env }),
    logDir: directory,
    onUnexpectedExit: () => undefined,
  })
  const untilStarted = (times: number) =>
    vi.waitFor(() => expect(readFileSync(started, 'utf8')).toHaveLength(times), { timeout: 20_000 })
  try {
    await child.start(10_000)
    for (let deaths = 1; deaths <= 10; deaths++) {
      await untilStarted(deaths)
      process.kill(child.pid ?? 0, 'SIGKILL')
    }
    await untilStarted(11)
  } finally {
    await child.stop(5_000)
  }
})
