import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import type { ExpectedMount } from '@/lib/drivers/contract/host'
import { classify, coveringMount, parseMountinfo, readMounts } from './mountinfo'

const recorded = parseMountinfo(readFileSync(new URL('./fixtures/mountinfo.debian-12.out', import.meta.url), 'utf8'))

function expected(more: Partial<ExpectedMount> = {}): ExpectedMount {
  return { fsType: [], source: null, ...more }
}

function entry(more: Partial<MountEntry>): MountEntry {
  return {
    mountId: 1,
    parentId: 0,
    device: '8:1',
    root: '/',
    target: '/mnt/a',
    options: ['rw'],
    fsType: 'ext4',
    source: '/dev/sda1',
    superOptions: ['rw'],
    ...more,
  }
}

describe('parseMountinfo', () => {
  it('reads every line of a recorded host', () => {
    expect(recorded).toHaveLength(17)
    expect(recorded[0]).toMatchObject({ target: '/', fsType: 'ext4', parentId: expect.any(Number) })
  })

  it.each([
    ['/srv/storage/a b', 'space source'],
    ['/srv/storage/new\nline', 'none'],
    ['/srv/storage/tab\tx', 'none'],
    ['/srv/storage/back\\slash', 'none'],
    ['/srv/storage/ümlaut', 'none'],
  ])('decodes %j', (target, source) => {
    expect(recorded.find((mount) => mount.target === target)?.source).toBe(source)
  })

  it('keeps optional fields apart from options', () => {
    const shared = recorded.find((mount) => mount.target === '/srv/storage/ümlaut')
    expect(shared?.options).toEqual(['rw', 'relatime'])
    expect(shared?.fsType).toBe('tmpfs')
  })

  it('refuses a line it does not understand, and takes an empty list', () => {
    expect(() => parseMountinfo('36 35 98:0 /mnt1 /mnt2 rw,noatime master:1')).toThrow('could not be read')
    expect(parseMountinfo('')).toEqual([])
  })

  it('reads this machine', () => {
    expect(coveringMount(readMounts(), '/')?.target).toBe('/')
  })
})

describe('classify', () => {
  it('tells absent, ours, foreign and stacked apart', () => {
    expect(classify(recorded, '/srv/storage/nothing', expected()).kind).toBe('absent')
    expect(classify(recorded, '/srv/storage/a b', expected({ source: 'space source' })).kind).toBe('ours')
    expect(classify(recorded, '/srv/storage/a b', expected({ source: 'nas:/x' })).kind).toBe('foreign')
    expect(classify(recorded, '/srv/storage/a b', expected({ fsType: ['nfs4'] })).kind).toBe('foreign')
    expect(classify(recorded, '/srv/storage/stacked', expected()).kind).toBe('stacked')
  })

  it('knows a bind mount by device and root', () => {
    const bound = '/srv/storage/bound'
    expect(classify(recorded, bound, expected({ bindOf: '/srv/storage/src/deep' })).kind).toBe('ours')
    expect(classify(recorded, bound, expected({ bindOf: '/srv/storage/src' })).kind).toBe('foreign')
    expect(classify(recorded, bound, expected({ bindOf: '/srv' })).kind).toBe('foreign')
  })

  it('knows a bind of a whole file system, of the root, and of a bind', () => {
    const root = entry({ mountId: 1, target: '/' })
    const data = entry({ mountId: 2, target: '/data', device: '8:2' })
    const partial = entry({ mountId: 3, target: '/part', device: '8:2', root: '/inner' })
    const kind = (at: Partial<MountEntry>, bindOf: string) =>
      classify([root, data, partial, entry({ mountId: 9, target: '/mnt/x', ...at })], '/mnt/x', expected({ bindOf }))
        .kind
    expect(kind({ device: '8:2', root: '/' }, '/data')).toBe('ours')
    expect(kind({ device: '8:1', root: '/home/data' }, '/home/data')).toBe('ours')
    expect(kind({ device: '8:2', root: '/inner/deep' }, '/part/deep')).toBe('ours')
    expect(kind({ device: '8:1', root: '/data' }, '/data')).toBe('foreign')
  })

  it('does not take a neighbour with the same beginning for the mount', () => {
    expect(classify([entry({ target: '/mnt/ab' })], '/mnt/a', expected()).kind).toBe('absent')
    expect(coveringMount([entry({ target: '/' }), entry({ target: '/mnt/a' })], '/mnt/ab')?.target).toBe('/')
  })
})
