import { expect, test } from 'vitest'
import { livingDisk } from '@/lib/volume-engines/image-files/living-disk'

const ID = ['0'.repeat(26), '1'.repeat(26)] as const
const [SNAPSHOT, LATER] = [`snp_${ID[0]}.qcow2`, `snp_${ID[1]}.qcow2`]
const [ONE, TWO] = [`disk_${ID[0]}.qcow2`, `disk_${ID[1]}.qcow2`]

test.each<[string, Record<string, string>, string, string[]]>([
  ['stands alone', { 'disk.qcow2': 'a', 'volume.json': 'm' }, 'disk.qcow2', []],
  ['has a layer below it', { 'disk.qcow2': 'b', [SNAPSHOT]: 'a' }, 'disk.qcow2', []],
  ['was just getting the name of a layer', { 'disk.qcow2': 'a', [SNAPSHOT]: 'a' }, 'disk.qcow2', []],
  ['was given to a machine', { 'disk.qcow2': 'a', [SNAPSHOT]: 'a', [ONE]: 'b' }, ONE, ['disk.qcow2']],
  [
    'was given to a machine twice',
    { 'disk.qcow2': 'a', [SNAPSHOT]: 'a', [TWO]: 'b', [LATER]: 'b', [ONE]: 'c' },
    ONE,
    ['disk.qcow2', TWO],
  ],
  ['keeps its name when nothing runs', { [SNAPSHOT]: 'a', [ONE]: 'b' }, ONE, []],
  ['is not there', { [SNAPSHOT]: 'a' }, 'disk.qcow2', []],
  ['is no other file', { 'disk.qcow2': 'a', 'disk_old.qcow2': 'b' }, 'disk.qcow2', []],
])('a disk that %s', (_what, inodes, name, left) => {
  const files = Object.entries(inodes).map(([file, inode]) => ({
    name: file,
    inode,
    kind: 'file' as const,
    bytes: 0,
    allocatedBytes: 0,
    isLocked: false,
    header: null,
  }))
  const found = livingDisk(files)
  expect({ ...found, left: found.left.sort() }).toEqual({ name, left: left.sort() })
})
