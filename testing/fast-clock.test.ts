import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'

const PROGRAM = `
  import { setTimeout as pause } from 'node:timers/promises'
  import { setTimeout as later } from 'node:timers'
  const [date, elapsed] = [Date.now(), performance.now()]
  await pause(60_000)
  await new Promise((resolve) => later(resolve, 60_000))
  await new Promise((resolve) => setTimeout(resolve, 60_000))
  await new Promise((resolve) => {
    const timer = setInterval(() => { clearInterval(timer); resolve() }, 60_000)
  })
  const now = new Date()
  console.log(JSON.stringify({
    from: date, byDate: now.getTime() - date, byElapsed: performance.now() - elapsed,
    isDate: now instanceof Date && new Date(0).toISOString() === '1970-01-01T00:00:00.000Z',
  }))`

it('lets four minutes pass in a fraction of a second, by every clock that a process looks at', () => {
  const clock = path.join(import.meta.dirname, 'fast-clock.mjs')
  const from = Date.now() - 1_000
  const env = { ...process.env, HOLDFAST_SOAK_SPEED: '600', HOLDFAST_SOAK_FROM: String(from) }
  const args = ['--import', clock, '--input-type=module', '-e', PROGRAM]
  const told = JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' }))
  // A second has passed before, which is ten minutes.
  expect(told.from - from).toBeGreaterThanOrEqual(600_000)
  for (const passed of [told.byDate, told.byElapsed]) expect(passed).toBeGreaterThanOrEqual(239_000)
  expect(told.isDate).toBe(true)
})
