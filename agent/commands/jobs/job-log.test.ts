import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { JobLog } from './job-log'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-job-log-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const messages = (log: JobLog) => log.after(0, 1_000).map(({ message }) => message)

it('goes on where the agent before has stopped, and knows what it has heard of a program', () => {
  const first = new JobLog(directory, 0)
  first.add('begins')
  first.add('a line', { step: 'copy.1', number: 7 })
  const second = new JobLog(directory, 0)
  expect([second.seen('copy.1'), second.seen('copy.2'), second.last]).toEqual([7, 0, 2])
  second.add('another')
  expect(second.after(1, 1)).toEqual([expect.objectContaining({ line: 2, message: 'a line' })])
  expect(second.tail(2).map(({ line }) => line)).toEqual([2, 3])
  expect(statSync(join(directory, 'log')).mode & 0o077).toBe(0)
})

it('gives no number again that an agent may have given before it was lost', () => {
  const log = new JobLog(directory, 500)
  log.add('after the reboot')
  expect(log.tail(1)).toEqual([expect.objectContaining({ line: 501 })])
})

it('drops its older half when it grows too large, in the file too', () => {
  const log = new JobLog(directory, 0)
  for (let line = 1; line <= 300; line++) log.add(`${line} ${'x'.repeat(1_500)}`)
  expect(log.last).toBe(300)
  expect(messages(log).at(-1)).toMatch(/^300 /)
  expect(messages(log).length).toBeLessThan(200)
  expect(readFileSync(join(directory, 'log')).length).toBeLessThan(512 * 1024)
  expect(messages(new JobLog(directory, 0))).toEqual(messages(log))
})

it('cuts a line that is too long, and takes no half of a line for one', () => {
  const log = new JobLog(directory, 0)
  log.add('x'.repeat(5_000))
  expect(messages(log)[0]).toHaveLength(2_001)
  appendFileSync(join(directory, 'log'), '{"line":2,"at":"2')
  expect(messages(new JobLog(directory, 0))).toHaveLength(1)
})

it('is told from memory where it cannot be written', () => {
  const log = new JobLog(join(directory, 'missing'), 0)
  log.add('no room')
  expect(messages(log)).toEqual(['no room'])
})
