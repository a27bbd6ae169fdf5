import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { LogFile } from '@/lib/supervisor/log-file'
import { makeSmallDisk, type SmallDisk } from '@/testing/small-disk'
import { waitFor } from '@/testing/wait'

let disk: SmallDisk
afterEach(() => disk.remove())

test('a disk that fills up in the middle of a line costs that line and is counted; the next one stands alone', async () => {
  disk = makeSmallDisk(64)
  const log = new LogFile(disk.path, 'web', { retryMs: 10 })
  const entry = (number: number) => `${JSON.stringify({ number, text: 'x'.repeat(700) })}\n`
  const file = path.join(disk.path, 'web.log')
  const content = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  log.write(entry(0))
  await waitFor('the first line', () => content().includes('"number":0'))
  disk.fill()
  for (let number = 1; number <= 20; number++) log.write(entry(number))
  await waitFor('a line cut off by the full disk', () => !content().endsWith('\n'))
  disk.free()
  await waitFor('the count', () => content().includes('dropped'))
  log.write(entry(21))
  await log.close()
  const lines = content().trimEnd().split('\n')
  const whole = lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as { number?: number; lines?: number; reason?: string }]
    } catch {
      return []
    }
  })
  expect(lines.length - whole.length).toBe(1)
  const kept = whole.filter((line) => line.number !== undefined).map((line) => line.number)
  const note = whole.find((line) => line.lines !== undefined)
  expect(note?.reason).toBe('ENOSPC')
  expect(kept.at(0)).toBe(0)
  expect(kept.at(-1)).toBe(21)
  expect(kept.length + (note?.lines ?? 0)).toBe(22)
})
