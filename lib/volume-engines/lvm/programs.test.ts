import { describe, expect, it } from 'vitest'
import { Secret } from '@/lib/secret'
import { clearedFrom, clearing, copying, parseCopyProgress, parseZeroProgress } from '@/lib/volume-engines/lvm/programs'

const MIB = 1024 * 1024

describe('progress', () => {
  it('of a copy is the last figure of a line that is written over', () => {
    expect(parseCopyProgress('    (0.00/100%)\r    (1.56/100%)\r    (50.50/100%)\r', 1000)).toEqual({
      done: 505,
      total: 1000,
      unit: 'bytes',
    })
    expect(parseCopyProgress('qemu-img: Could not open', 1000)).toBeNull()
  })

  it('of clearing counts from where it began', () => {
    const line = '/dev/vg/vol: Zero-filled 67108864 bytes from the offset 201326592'
    expect(parseZeroProgress(line, 128 * MIB, 256 * MIB)).toMatchObject({ done: 128 * MIB, total: 256 * MIB })
    expect(parseZeroProgress('blkdiscard: /dev/x: Device or resource busy', 0, MIB)).toBeNull()
  })
})

it('clears from a whole MiB on, so that a content of an odd size leaves nothing of others behind it', () => {
  expect([0, 1, MIB - 1, MIB, 3 * MIB + 512].map(clearedFrom)).toEqual([0, 0, 0, MIB, 3 * MIB])
  const { args } = clearing('/dev/vg/vol', MIB, 4 * MIB)
  expect(args.slice(-6)).toEqual(['--offset', `${MIB}`, '--length', `${3 * MIB}`, '--', '/dev/vg/vol'])
})

it('what reads something from outside runs confined, and may write to the volume alone', () => {
  const source = {
    format: 'qcow2',
    location: '{directory}/ceph.conf',
    sizeBytes: MIB,
    files: { 'ceph.conf': new Secret('x') },
    confined: { readable: ['/mnt/pool/image.qcow2'] },
  }
  const program = copying(source, '/dev/vg/vol', '/run/job', true)
  expect(program.confined).toEqual({ readable: ['/mnt/pool/image.qcow2'], writable: ['/dev/vg/vol'] })
  expect(program.args.slice(0, 4)).toEqual(['convert', '-p', '-f', 'qcow2'])
  expect(program.args.slice(-3)).toEqual(['--', '/run/job/ceph.conf', '/dev/vg/vol'])
  expect(program.files).toBe(source.files)
})
