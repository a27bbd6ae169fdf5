import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import path from 'node:path'
import { expect, it, vi } from 'vitest'
import { HoldfastError } from '@/lib/errors'
import { createLog, writeStderr } from '@/lib/log'
import { Secret } from '@/lib/secret'
import { testDatabases } from '@/testing/database'

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = []
  write(createLog('test', 'debug', (line) => lines.push(line)))
  return lines.join('')
}

it('prints secrets as stars, and what is below the level not at all', () => {
  const text = logged((log) => log.info('said', { secret: new Secret('canary-secret'), list: [new Secret('canary')] }))
  expect(text).not.toContain('canary')
  expect(JSON.parse(text)).toMatchObject({ component: 'test', level: 'info', secret: '***', list: ['***'] })
  const lines: string[] = []
  createLog('test', 'warn', (line) => lines.push(line)).info('not said')
  expect(lines).toEqual([])
})

it('says where an error came from, and nothing of what a parser was given', () => {
  let parsing: unknown
  try {
    JSON.parse('{"password": canary}')
  } catch (error) {
    parsing = error
  }
  const error = new HoldfastError('internal', 'outer', {
    cause: new HoldfastError('timed_out', 'inner', { cause: parsing }),
  })
  const text = logged((log) => log.error('failed', { error }))
  expect(JSON.parse(text)).toMatchObject({
    error: { message: 'outer', cause: { message: 'inner', cause: { name: 'SyntaxError', stack: expect.any(String) } } },
  })
  expect(text).not.toContain('canary')
})

testDatabases('the log', (database) => {
  it('does not repeat the values of a statement that failed', async () => {
    const data = { id: 'usr_1', username: 'canary-name', passwordHash: 'canary-hash', role: 'admin' } as const
    const wrong = { ...data, role: 'no-role' as 'admin' }
    await database.prisma.user.create({ data })
    for (const attempt of [database.prisma.user.create({ data }), database.prisma.user.create({ data: wrong })]) {
      const error: unknown = await attempt.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(Error)
      const text = logged((log) => log.error('failed', { error, cause: new Error('outer', { cause: error }) }))
      expect(text).not.toMatch(/canary-(name|hash)/)
      expect(text).toMatch(/Unique constraint|Invalid value/)
    }
  })
})

it('goes on when its stderr cannot be written', () => {
  const program = `
    import { createLog } from ${JSON.stringify(path.resolve('lib/log.ts'))}
    const log = createLog('test')
    log.info('one'); log.info('two')
    setImmediate(() => setImmediate(() => { log.info('three'); setImmediate(() => process.stdout.write('alive')) }))`
  const full = openSync('/dev/full', 'w')
  try {
    const run = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', full],
      encoding: 'utf8',
    })
    expect(run).toMatchObject({ status: 0, stdout: 'alive' })
  } finally {
    closeSync(full)
  }
})

it('counts the lines that stderr did not take, and says the count with the next one that it takes', () => {
  const taken: string[] = []
  let isFull = true
  const write = vi.spyOn(process.stderr, 'write').mockImplementation(((text: string, done: (error?: Error) => void) => {
    if (!isFull) taken.push(text)
    done(isFull ? new Error('ENOSPC') : undefined)
    return true
  }) as typeof process.stderr.write)
  try {
    for (const line of ['one\n', 'two\n', 'three\n']) writeStderr(line)
    isFull = false
    for (const line of ['four\n', 'five\n']) writeStderr(line)
  } finally {
    write.mockRestore()
  }
  const [first = '', ...rest] = taken
  expect(JSON.parse(first.split('\n')[0] ?? '')).toMatchObject({ level: 'warn', lines: 3 })
  expect([first.split('\n')[1], ...rest]).toEqual(['four', 'five\n'])
})
