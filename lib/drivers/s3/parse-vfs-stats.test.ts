import { expect, it } from 'vitest'
import { parseVfsStats } from '@/lib/drivers/s3/parse-vfs-stats'
import { fixture } from '@/lib/drivers/testing/fixtures'

it.each([
  ['vfs-stats.rclone-1.60.1.idle.json', 0],
  ['vfs-stats.rclone-1.60.1.queued.json', 2],
])('reads the recorded %s', (name, waiting) => {
  expect(parseVfsStats(JSON.parse(fixture('s3', name)))).toEqual({
    waiting,
    errored: 0,
    cacheFull: false,
    cacheBytes: 0,
  })
})

it.each([[undefined], [{}], [{ diskCache: {} }], [{ diskCache: { uploadsQueued: '0' } }], ['ok']])(
  'refuses %j',
  (answer) => {
    expect(() => parseVfsStats(answer)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  },
)
