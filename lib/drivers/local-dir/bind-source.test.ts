import { describe, expect, it } from 'vitest'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { isBindOf, locate } from '@/lib/drivers/local-dir/bind-source'
import { BIND_MOUNT_MESSAGES } from '@/lib/drivers/local-dir/messages'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { fixture } from '@/testing/drivers/fixtures'

let nextId = 1
function entry(target: string, device: string, root = '/'): MountEntry {
  return {
    mountId: nextId++,
    parentId: 1,
    device,
    root,
    target,
    options: [],
    fsType: 'ext4',
    source: 'x',
    superOptions: [],
  }
}

const TABLE = [
  entry('/', '8:1'),
  entry('/srv', '8:2'),
  entry('/srv/deep', '0:30', '/@data'),
  entry('/srv/deep', '0:31'),
]

describe('locate', () => {
  it.each([
    ['/home/ann', { device: '8:1', root: '/home/ann' }],
    ['/srv/media', { device: '8:2', root: '/media' }],
    ['/srv', { device: '8:2', root: '/' }],
    ['/srvx', { device: '8:1', root: '/srvx' }],
    ['/srv/deep/a', { device: '0:31', root: '/a' }],
  ])('%s', (path, expected) => {
    expect(locate(path, TABLE)).toEqual(expected)
  })

  it('keeps the root of a subvolume', () => {
    expect(locate('/data/x', [entry('/', '8:1'), entry('/data', '0:30', '/@data')])).toEqual({
      device: '0:30',
      root: '/@data/x',
    })
  })

  it('knows nothing without a table', () => {
    expect(locate('/a', [])).toBeNull()
  })
})

it('tells a bind mount from another directory and another device', () => {
  const bound = entry('/mnt/m', '8:2', '/media')
  expect(isBindOf(bound, '/srv/media', [...TABLE, bound])).toBe(true)
  expect(isBindOf({ ...bound, root: '/other' }, '/srv/media', TABLE)).toBe(false)
  expect(isBindOf({ ...bound, device: '8:1' }, '/srv/media', TABLE)).toBe(false)
})

it.each([
  ['mount-bind.debian-12.missing.err', 'local.missing'],
  ['mount-bind.debian-12.not-directory.err', 'local.not_directory'],
  ['mount-bind.debian-12.not-root.err', 'mount.not_permitted'],
])('explains %s', (name, problem) => {
  expect(matchMessage(BIND_MOUNT_MESSAGES, fixture('local-dir', name))).toBe(problem)
})
