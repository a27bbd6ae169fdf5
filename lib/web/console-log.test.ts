import { expect, it } from 'vitest'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { logConsole } from '@/lib/web/console-log'

it('says a complaint once, with its error, and counts those that differ only in what the request brought', () => {
  const lines: Record<string, unknown>[] = []
  const fake = {} as Console
  const complaints = logConsole(
    createLog('web', 'info', (line) => lines.push(JSON.parse(line))),
    fake,
  )
  for (let i = 0; i < 100; i++) {
    fake.error(new Error(`Failed to find Server Action "${'a'.repeat(i)}". Read more\n    at x`))
    fake.error(' \u2a2f', new HoldfastError('unauthenticated', 'You are not signed in.'))
  }
  fake.log('started in %d ms', 12)
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatchObject({ component: 'web', error: { message: expect.stringContaining('Server Action') } })
  expect(lines[1]).toMatchObject({ error: { code: 'unauthenticated' } })
  expect(lines[2]).toMatchObject({ text: 'started in 12 ms' })
  complaints.close()
  expect(lines.slice(3).map(({ count }) => count)).toEqual([99, 99])
})
