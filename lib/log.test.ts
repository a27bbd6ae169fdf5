import { expect, it } from 'vitest'
import { createLog } from '@/lib/log'
import { Secret } from '@/lib/secret'
import { testDatabases } from '@/lib/testing/database'

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
