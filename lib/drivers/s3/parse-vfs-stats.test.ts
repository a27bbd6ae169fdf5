import { expect, it } from 'vitest'
import { parseVfsStats } from '@/lib/drivers/s3/parse-vfs-stats'
import { fixture } from '@/testing/drivers/fixtures'

it.each([
  ['idle', 0],
  ['queued', 3],
  ['server-gone', 3],
])('reads the recorded rclone-rc.debian12.vfs-stats-%s.out', (name, waiting) => {
  const queue = parseVfsStats(JSON.parse(fixture('s3', `rclone-rc.debian12.vfs-stats-${name}.out`)))
  expect(queue).toMatchObject({ waiting, errored: 0, cacheFull: false })
})

it.each([[undefined], [{}], [{ diskCache: {} }], [{ diskCache: { uploadsQueued: '0' } }], ['ok']])(
  'refuses %j',
  (answer) => {
    expect(() => parseVfsStats(answer)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  },
)
