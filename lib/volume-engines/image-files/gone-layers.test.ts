import { expect, test } from 'vitest'
import { goneSnapshots, isHidden, otherNames } from '@/lib/volume-engines/image-files/gone-layers'
import type { SeenFile } from '@/lib/volume-engines/image-files/survey'
import { snapshotId } from '@/testing/volume-engines/engine-case'

const [S, T] = [snapshotId('s'), snapshotId('t')]
const file = (name: string, inode: string): SeenFile => ({
  name,
  kind: 'file',
  bytes: 0,
  allocatedBytes: 0,
  inode,
  isLocked: false,
  header: null,
})

test('a snapshot that was merged into is another name of the next one, whichever is older', () => {
  const files = [file(`${S}.qcow2`, '1'), file(`${S}.gone`, '2'), file(`${T}.qcow2`, '1'), file('disk.qcow2', '3')]
  const gone = goneSnapshots(files)
  expect(otherNames(files, gone)).toEqual(new Map([[`${S}.qcow2`, `${T}.qcow2`]]))
  const swapped = [file(`${T}.qcow2`, '1'), file(`${T}.gone`, '2'), file(`${S}.qcow2`, '1')]
  expect(otherNames(swapped, goneSnapshots(swapped))).toEqual(new Map([[`${T}.qcow2`, `${S}.qcow2`]]))
})

test('one that was not merged to its end is a layer that nobody sees', () => {
  const files = [file(`${S}.qcow2`, '1'), file(`${S}.gone`, '2'), file(`${T}.qcow2`, '4')]
  const gone = goneSnapshots(files)
  expect(otherNames(files, gone).size).toBe(0)
  expect(isHidden(`${S}.qcow2`, gone)).toBe(true)
  expect(isHidden(`${T}.qcow2`, gone)).toBe(false)
})

test('of one file with names of deleted snapshots alone, one name stands', () => {
  const files = [file(`${S}.qcow2`, '1'), file(`${S}.gone`, '2'), file(`${T}.qcow2`, '1'), file(`${T}.gone`, '3')]
  const [first = '', second = ''] = [`${S}.qcow2`, `${T}.qcow2`].sort()
  expect(otherNames(files, goneSnapshots(files))).toEqual(new Map([[second, first]]))
})
