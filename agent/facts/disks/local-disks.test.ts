import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findLocalDisks } from '@/agent/facts/disks/local-disks'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'disks-'))
  mkdirSync(join(root, 'block'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** As sysfs has a disk: a directory in the tree of devices, and a link to it. */
function disk(name: string, under: string, { sectors = 100, model = '' } = {}): string {
  const place = join(root, 'devices', under, 'block', name)
  mkdirSync(join(place, 'device'), { recursive: true })
  writeFileSync(join(place, 'size'), `${sectors}\n`)
  if (model) writeFileSync(join(place, 'device/model'), `${model}   \n`)
  symlinkSync(place, join(root, 'block', name))
  return place
}

it('finds whole disks of this machine, and nothing that only looks like one', () => {
  disk('sdb', 'pci0000:00/ata2/host1/target1:0:0/1:0:0:0', { sectors: 976_773_168, model: 'WDC WD5000' })
  disk('sda', 'pci0000:00/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0')
  disk('sdaa', 'pci0000:00/host0/port-0:0/expander-0:0/port-0:0:3/end_device-0:0:3/target0:0:3/0:0:3:0')
  disk('sdc', 'platform/host3/session1/target3:0:0/3:0:0:1')
  disk('sdd', 'pci0000:00/host7/rport-7:0-3/target7:0:0/7:0:0:0')
  disk('sde', 'pci0000:00/virtio3/host8/target8:0:0/8:0:0:0')
  disk('sdf', 'pci0000:00/usb1/1-4/host9/target9:0:0/9:0:0:0', { sectors: 0 })
  for (const name of ['loop0', 'dm-0', 'md127', 'vda', 'sr0', 'zram0', 'rbd0', 'mmcblk0']) disk(name, `virtual/${name}`)
  expect(findLocalDisks(join(root, 'block'))).toEqual([
    { name: 'sda', model: null, sizeBytes: 51_200 },
    { name: 'sdaa', model: null, sizeBytes: 51_200 },
    { name: 'sdb', model: 'WDC WD5000', sizeBytes: 500_107_862_016 },
  ])
})

it('takes NVMe on the bus, with one path or several, and not over a network', () => {
  writeFileSync(join(disk('nvme0n1', 'pci0000:00/nvme/nvme0'), 'device/transport'), 'pcie\n')
  writeFileSync(join(disk('nvme2n1', 'virtual/nvme-fabrics/ctl/nvme2'), 'device/transport'), 'tcp\n')
  for (const [name, transport] of [
    ['nvme1', 'pcie'],
    ['nvme3', 'rdma'],
  ] as const) {
    const controller = join(disk(`${name}n1`, `virtual/nvme-subsystem/${name}`), 'device', name)
    mkdirSync(controller)
    writeFileSync(join(controller, 'transport'), `${transport}\n`)
  }
  expect(findLocalDisks(join(root, 'block')).map(({ name }) => name)).toEqual(['nvme0n1', 'nvme1n1'])
})

it('finds nothing where there is no sysfs', () => {
  expect(findLocalDisks(join(root, 'none'))).toEqual([])
})
