import { parseXml } from '@rgrove/parse-xml'
import { expect, test } from 'vitest'
import { type MachineParts, machineXml } from '@/lib/libvirt/machine-xml'
import { childrenOf } from '@/lib/libvirt/xml-elements'

const parts: MachineParts = {
  ...{ name: 'web', uuid: 'd4b0f2a1-0000-4000-8000-000000000000', operationId: 'op_1', cpus: 2, memoryMib: 512 },
  platform: { domain: 'kvm', machine: 'q35', arch: 'x86_64', emulator: '/usr/bin/qemu', cpuMode: 'host-passthrough' },
  ...{ firmware: 'uefi', disks: ["<disk type='file'/>"], iso: { path: '/srv/a.iso', target: 'sda' } },
  network: { kind: 'bridge', name: 'br0' },
  ...{ screen: true, serial: true, clipboard: true, guestAgent: true },
}
const devicesOf = (over: Partial<MachineParts>, name: string) =>
  childrenOf(childrenOf(parseXml(machineXml({ ...parts, ...over })).root, 'devices')[0], name)

test('a screen is on a socket alone, and what was not asked for is not there', () => {
  const [screen] = devicesOf({}, 'graphics')
  expect(childrenOf(screen, 'listen').map(({ attributes }) => attributes)).toEqual([{ type: 'socket' }])
  const none = {
    screen: false,
    serial: false,
    clipboard: false,
    guestAgent: false,
    network: null,
    iso: null,
    disks: [],
  }
  for (const name of ['graphics', 'serial', 'channel', 'interface', 'disk']) expect(devicesOf(none, name)).toEqual([])
})

test('names of networks stay names', () => {
  const name = `x'/><hostdev mode='subsystem'/><source y='`
  const [card] = devicesOf({ network: { kind: 'network', name } }, 'interface')
  expect(childrenOf(card, 'source')[0]?.attributes).toEqual({ network: name })
  expect(devicesOf({ network: { kind: 'network', name } }, 'hostdev')).toEqual([])
})
