import { expect, it } from 'vitest'
import { parseNames, parseStorage } from '@/lib/attach-targets/lxc/parse-lxc'
import { parsePctConfig, parsePctList } from '@/lib/attach-targets/lxc/parse-pct'

it('reads the root and what is bound from the host, and not what only the kernel makes', () => {
  const text = `lxc.rootfs.path = overlay:/var/lib/lxc/base/rootfs:/var/lib/lxc/web/overlay/delta
lxc.mount.entry = /sys/kernel/debug sys/kernel/debug none bind,optional 0 0
/mnt/with\\040blank srv/data none rbind,ro,create=dir 0 0
tmpfs run tmpfs defaults 0 0
relative/path there none bind 0 0
`
  expect(parseStorage(text)).toEqual([
    { kind: 'disk', source: '/var/lib/lxc/web/overlay/delta', name: null, target: '/', isReadOnly: null },
    { kind: 'bind', source: '/sys/kernel/debug', name: null, target: '/sys/kernel/debug', isReadOnly: false },
    { kind: 'bind', source: '/mnt/with blank', name: null, target: '/srv/data', isReadOnly: true },
  ])
  expect(parseStorage('')).toEqual([])
})

it('takes no line for a name that no directory can have', () => {
  expect(parseNames('web\n-x\n..\na/b\n\ntwo words\n')).toEqual(['web', '-x', 'two words'])
})

it('reads what Proxmox lists, with and without a lock or a name', () => {
  const text = `VMID       Status     Lock         Name
100        running                 web
101        stopped    backup       db
102        stopped
`
  expect(parsePctList(text)).toEqual([
    { id: '100', state: 'running' },
    { id: '101', state: 'stopped' },
    { id: '102', state: 'stopped' },
  ])
})

it('reads paths, devices and volumes of Proxmox apart', () => {
  const text = `arch: amd64
description: mp9%3A /etc,mp=/x%0A
hostname: web
mp0: /mnt/pve/nas/web,mp=/data,ro=1
mp1: local-lvm:vm-100-disk-1,mp=/var/lib/data,size=8G
mp2: /dev/vg/vol_1,mp=/disk
net0: name=eth0,bridge=vmbr0,ip=dhcp
ostype: debian
rootfs: local-lvm:vm-100-disk-0,size=8G
`
  expect(parsePctConfig(text)).toEqual({
    hostname: 'web',
    image: 'debian',
    storage: [
      { kind: 'bind', source: '/mnt/pve/nas/web', name: null, target: '/data', isReadOnly: true },
      { kind: 'volume', source: null, name: 'local-lvm:vm-100-disk-1', target: '/var/lib/data', isReadOnly: false },
      { kind: 'disk', source: '/dev/vg/vol_1', name: null, target: '/disk', isReadOnly: false },
      { kind: 'volume', source: null, name: 'local-lvm:vm-100-disk-0', target: '/', isReadOnly: false },
    ],
  })
})
