import { expect, it } from 'vitest'
import { fullDiskOf, orFullDisk } from '@/agent/host/files/full-disk'
import type { StatfsAnswer } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'

const ROOM = { totalBytes: 1e9, freeBytes: 1e8, availableBytes: 1e8, totalInodes: 1000, freeInodes: 10, durationMs: 1 }

/** A host on which these directories exist, and those of them are full that say so. */
function host(directories: Record<string, Partial<StatfsAnswer>>) {
  return async (path: string): Promise<StatfsAnswer> => {
    const found = directories[path]
    if (found === undefined) return { state: 'failed', errno: 'ENOENT', durationMs: 1 }
    return { ...ROOM, state: 'ok', ...found } as StatfsAnswer
  }
}
const FULL = { freeBytes: 0 }

it.each([
  [
    'iscsiadm: Could not open /etc/iscsi/nodes/iqn.a/10.0.0.1,3260: No space left on device',
    { '/etc/iscsi': FULL },
    '/etc/iscsi',
  ],
  [
    "dpkg: cannot copy './usr/bin/x' to '/usr/bin/x.dpkg-new': failed to write (No space left on device)",
    { '/usr/bin': FULL, '/etc': {} },
    '/usr/bin',
  ],
  [
    'write /var/cache/holdfast/a/b: no space left on device',
    { '/var/cache/holdfast/a': FULL },
    '/var/cache/holdfast/a',
  ],
  ['E: Write error - write (28: No space left on device)', { '/etc': {}, '/var/cache': FULL }, '/var/cache'],
  ['/run/x: No space left on device', { '/run': { freeInodes: 0 } }, '/run'],
])('names the directory that is full: %s', async (said, directories, directory) => {
  const error = new CommandError({ command: 'x', exitCode: 1, signal: null, stderr: said, stdout: '' })
  expect(await orFullDisk(error, host(directories))).toMatchObject({
    code: 'disk_full',
    message: `The disk that holds ${directory} is full: free some space on it.`,
  })
})

it.each([
  ['watches that are used up', 'Failed to add /run/systemd to watch: No space left on device', { '/run': {} }],
  ['mounts that are used up', 'mount: /mnt/a: mount(2) system call failed: No space left on device.', { '/mnt': {} }],
  ['a storage that does not answer', '/mnt/a/b: No space left on device', { '/mnt/a': { state: 'hung' } }],
  ['other words', 'write error: Input/output error', { '/etc': FULL }],
])('does not take for a full disk: %s', async (_what, said, directories) => {
  expect(await fullDiskOf(said, host(directories as Record<string, Partial<StatfsAnswer>>))).toBeNull()
  const error = new Error(said)
  expect(await orFullDisk(error, host({ '/etc': FULL }))).toBe(error)
})
