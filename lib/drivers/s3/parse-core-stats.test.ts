import { expect, it } from 'vitest'
import { parseCoreStats } from '@/lib/drivers/s3/parse-core-stats'
import { fixture } from '@/testing/drivers/fixtures'

it.each(['debian12', 'debian13'])('reads the recorded rclone-rc.%s.core-stats.out', (distribution) => {
  const answer: unknown = JSON.parse(fixture('s3', `rclone-rc.${distribution}.core-stats.out`))
  expect(parseCoreStats(answer)).toEqual({ done: 0, bytes: 0, failed: 0, said: null })
})

it('has the first line of the last error, and nothing without the figures', () => {
  const answer = { bytes: 12, transfers: 3, errors: 4, lastError: 'AccessDenied: no\n\tstatus code: 403' }
  expect(parseCoreStats(answer)).toEqual({ done: 3, bytes: 12, failed: 4, said: 'AccessDenied: no' })
  for (const broken of [undefined, {}, { ...answer, errors: '4' }, { ...answer, bytes: -1 }])
    expect(() => parseCoreStats(broken)).toThrow('what it has transferred')
})
