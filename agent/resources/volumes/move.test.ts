import { expect, test } from 'vitest'
import { Secret } from '@/lib/secret'
import { comparing } from './move'

const DIRECTORY = '/run/job'
const far = (image: string) => ({
  format: 'raw',
  location: `rbd:pool/${image}:id=u:conf={directory}/source-ceph.conf`,
  sizeBytes: 100,
  files: { 'source-ceph.conf': new Secret(`key of ${image}`) },
})
const file = { format: 'qcow2', location: '/mnt/a/vol/disk.qcow2', sizeBytes: 50, confined: { readable: ['/mnt/a'] } }
const device = { format: 'raw', location: '/dev/vg/vol', sizeBytes: 200 }

test('two images of Ceph are compared with a configuration each, and without confinement, since both are ours', () => {
  const { args, files, confined } = comparing(far('a'), far('b'), DIRECTORY)
  expect(args.slice(-2)).toEqual([
    'rbd:pool/a:id=u:conf=/run/job/source-source-ceph.conf',
    'rbd:pool/b:id=u:conf=/run/job/copy-source-ceph.conf',
  ])
  expect(Object.keys(files ?? {})).toEqual(['source-source-ceph.conf', 'copy-source-ceph.conf'])
  expect(args.join(' ')).not.toContain('key of')
  expect(confined).toBeUndefined()
})

test('an image from outside stays in confinement, with the way to the other', () => {
  expect(comparing(file, device, DIRECTORY).confined).toEqual({ readable: ['/mnt/a', '/dev/vg/vol'] })
  expect(comparing(file, far('b'), DIRECTORY).confined).toEqual({
    readable: ['/mnt/a', '/run/job/copy-source-ceph.conf'],
    network: true,
  })
  const moved = { ...file, location: '/mnt/b/vol/disk.raw', confined: { readable: ['/mnt/b'] } }
  expect(comparing(file, moved, DIRECTORY).confined).toEqual({ readable: ['/mnt/a', '/mnt/b'] })
})

test('how far it is, in bytes of the larger one', () => {
  const { parseProgress } = comparing(file, device, DIRECTORY)
  expect(parseProgress('    (12.50/100%)    (25.00/100%)')).toEqual({ done: 50, total: 200, unit: 'bytes' })
  expect(parseProgress('Images are identical.')).toBeNull()
})
