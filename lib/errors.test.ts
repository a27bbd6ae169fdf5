import { describe, expect, it, vi } from 'vitest'
import { diskProblem, forStrangers, HoldfastError, toHoldfastError } from '@/lib/errors'

const failure = (fields: object) => Object.assign(new Error('in the words of somebody else'), fields)

describe('what could not be written', () => {
  it.each([
    [{ code: 'ENOSPC', path: '/data/x' }, 'disk_full', 507, '/data/x is full'],
    [{ code: 'EDQUOT', path: '/data/x' }, 'disk_full', 507, 'quota'],
    [{ code: 'EROFS', path: '/data/x' }, 'disk_unwritable', 503, 'read-only'],
    [{ code: 'ENOSPC', syscall: 'write' }, 'disk_full', 507, 'is full'],
    [{ code: 'SQLITE_FULL' }, 'disk_full', 507, 'is full'],
    [{ code: 'SQLITE_IOERR_WRITE' }, 'disk_unwritable', 503, 'answers with errors'],
    [{ code: 'SQLITE_READONLY_DBMOVED' }, 'disk_unwritable', 503, 'read-only'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 13 }, 'disk_full', 507, 'is full'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 778 }, 'disk_unwritable', 503, 'answers with errors'],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 8 }, 'disk_unwritable', 503, 'read-only'],
    [
      { code: 'P2039', meta: { driverAdapterError: { cause: { originalCode: '53100' } } } },
      'disk_full',
      507,
      'the database is full',
    ],
  ])('%o is said as what it is', (fields, code, status, words) => {
    const problem = toHoldfastError(failure(fields))
    expect(problem).toMatchObject({ code, status, message: expect.stringContaining(words) })
    expect(problem.message).not.toContain('somebody else')
  })

  it('names the place that the caller knows', () => {
    expect(diskProblem(failure({ code: 'ENOSPC', syscall: 'write' }), '/run/holdfast-agent')?.message).toBe(
      'The disk that holds /run/holdfast-agent is full: free some space on it.',
    )
  })

  it.each([
    [{ code: 'ENOSPC', syscall: 'watch', path: '/data' }],
    [{ code: 'ENOENT', path: '/data/x' }],
    [{ code: 'SQLITE_BUSY' }],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 1 }],
    [{ code: 'constructor' }],
    [{}],
  ])('%o is no matter of a disk', (fields) => {
    expect(diskProblem(failure(fields))).toBeNull()
    expect(toHoldfastError(failure(fields))).toMatchObject({
      code: 'internal',
      message: 'Something failed inside Holdfast.',
    })
  })
})

it('takes one of ours out of a foreign error', () => {
  const ours = new HoldfastError('busy', 'In use.')
  expect(toHoldfastError(new Error('wrapped', { cause: ours }))).toBe(ours)
  expect(toHoldfastError(undefined).code).toBe('internal')
})

it('tells strangers of no path, and everybody of their own mistakes', () => {
  const full = toHoldfastError(failure({ code: 'ENOSPC', path: '/var/lib/holdfast/x' }))
  const damaged = new HoldfastError('unavailable', 'The database /var/lib/holdfast/x is damaged.')
  for (const error of [full, damaged]) {
    expect(forStrangers(error)).toMatchObject({ code: error.code, message: expect.not.stringContaining('/') })
  }
  expect(forStrangers(full).message).toContain('full')
  const own = new HoldfastError('invalid_input', 'Write an absolute path such as /mnt/backups.')
  expect(forStrangers(own)).toBe(own)
})

it('is known for one of ours also when it comes from another copy of the module, as Next loads them', async () => {
  vi.resetModules()
  const copy = await import('@/lib/errors')
  const theirs = new copy.HoldfastError('disk_full', 'Full.')
  expect(copy.HoldfastError).not.toBe(HoldfastError)
  expect(theirs).toBeInstanceOf(HoldfastError)
  expect(toHoldfastError(new Error('wrapped', { cause: theirs }))).toBe(theirs)
  class Special extends HoldfastError {}
  expect(theirs).not.toBeInstanceOf(Special)
  expect(new Special('busy', 'x')).toBeInstanceOf(Special)
  expect(new Special('busy', 'x')).toBeInstanceOf(HoldfastError)
  for (const other of [new Error('x'), null, 'x', { code: 'busy' }]) expect(other).not.toBeInstanceOf(HoldfastError)
})
