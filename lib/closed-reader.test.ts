import { EventEmitter } from 'node:events'
import { expect, test, vi } from 'vitest'
import { endWithReader } from '@/lib/closed-reader'

test('a reader that has enough ends the command, and nothing else does', () => {
  const output = new EventEmitter()
  const end = vi.fn()
  endWithReader(output, end)
  output.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  expect(end).toHaveBeenCalledTimes(1)
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  expect(() => output.emit('error', full)).toThrow(full)
  expect(end).toHaveBeenCalledTimes(1)
})
