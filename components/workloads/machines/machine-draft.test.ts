import { expect, it } from 'vitest'
import { bodyOf, EMPTY, missingIn, onHost } from '@/components/workloads/machines/machine-draft'
import { AskMachine } from '@/lib/workloads/schema'

const draft = {
  ...{ ...EMPTY, hostId: 'hst_1', name: 'db', network: 'network a b', iso: 'pol_1 debian 13.iso' },
  disks: [{ key: 1, volumeId: 'vol_1', bus: 'scsi' }],
}

it('is what the API takes, with names that have blanks', () => {
  expect(missingIn(draft).size).toBe(0)
  expect(AskMachine.parse(bodyOf(draft))).toMatchObject({
    ...{ cpus: 2, memory_mib: 2048, firmware: 'bios', network: { kind: 'network', name: 'a b' } },
    ...{ iso: { pool_id: 'pol_1', template: 'debian 13.iso' }, disks: [{ volume_id: 'vol_1', bus: 'scsi' }] },
  })
  expect(AskMachine.parse(bodyOf({ ...EMPTY, hostId: 'hst_1', name: 'db' }))).not.toHaveProperty('iso')
  expect(bodyOf({ ...draft, clipboard: true, screen: false })).toMatchObject({ clipboard: false })
})

it('says what is missing, by field, and keeps nothing of one host for another', () => {
  const disks = [...draft.disks, { key: 2, volumeId: 'vol_1', bus: 'virtio' }]
  const found = missingIn({ ...draft, name: '', cpus: '0', memory: '2 GiB', disks })
  expect([...found.keys()]).toEqual(['name', 'cpus', 'memory_mib', 'disks.1.volume_id'])
  expect(onHost(draft, 'hst_2')).toMatchObject({ hostId: 'hst_2', name: 'db', disks: [], iso: '', network: '' })
})
