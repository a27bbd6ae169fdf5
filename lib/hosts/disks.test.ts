import { expect, it } from 'vitest'
import { diskColumns, disksKnown, troublesOf, withoutHealth } from '@/lib/hosts/disks'
import { someDisk, toldDisks } from '@/testing/disks'

const levels = (over: Parameters<typeof someDisk>[0]) => troublesOf(someDisk(over)).map(({ level }) => level)

it('believes a disk that says it fails, and tells the worst first', () => {
  expect(levels({})).toEqual([])
  expect(levels({ passed: null, pending: null, uncorrectable: null })).toEqual([])
  expect(levels({ pending: 8, passed: false })).toEqual(['failing', 'suspect'])
  expect(troublesOf(someDisk({ failedAttributes: ['Spin_Retry_Count'] }))[0]?.what).toBe(
    'is below its threshold in Spin_Retry_Count',
  )
  expect(troublesOf(someDisk({ pending: 1 }))[0]?.what).toBe('has a sector that cannot be read')
})

it('does not take heat for a failure, although NVMe does not pass then', () => {
  expect(levels({ protocol: 'nvme', passed: false, warnings: ['temperature'] })).toEqual(['suspect'])
  expect(levels({ protocol: 'nvme', passed: false, warnings: ['temperature', 'read_only'] })).toEqual([
    'failing',
    'suspect',
  ])
})

it('has no trouble in what never gets well again', () => {
  expect(levels({ reallocated: 40 })).toEqual([])
  expect(levels({ protocol: 'nvme', uncorrectable: 7 })).toEqual([])
  expect(levels({ protocol: 'scsi', uncorrectable: 7 })).toEqual([])
  expect(levels({ protocol: 'ata', uncorrectable: 7 })).toEqual(['suspect'])
})

it('sums up a host, in which what is not known is no wear of 0', () => {
  expect(diskColumns({})).toEqual({ troubledDisks: 0, diskWearPercent: null })
  expect(diskColumns({ disks: toldDisks(someDisk(), someDisk({ passed: false, wearPercent: 3 })) })).toEqual({
    troubledDisks: 1,
    diskWearPercent: 3,
  })
})

it('knows nothing by what was said days ago', () => {
  const disks = toldDisks(someDisk())
  const after = (hours: number) => disksKnown(disks, new Date(Date.parse(disks.at) + hours * 3_600_000)).length
  expect([after(47), after(49)]).toEqual([1, 0])
  const forgotten = withoutHealth(someDisk({ passed: false, pending: 2, wearPercent: 90 }))
  expect(troublesOf(forgotten)).toEqual([])
  expect(diskColumns({ disks: toldDisks(forgotten) })).toEqual({ troubledDisks: 0, diskWearPercent: null })
})
