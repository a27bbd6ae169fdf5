import { expect, test } from 'vitest'
import { imagesOf, withoutBacking } from '@/agent/libvirt/definition'

const disk = (target: string, backing: string) => `    <disk type='file' device='disk'>
      <source file='/mnt/é &amp; b/${target}.qcow2'/>${backing}
      <target dev='${target}' bus='virtio'/>
    </disk>`
const domain = (...disks: string[]) => `<domain type='kvm'>
  <name>web-é</name>
  <devices>
${disks.join('\n')}
    <graphics type='vnc' passwd='it&apos;s'/>
  </devices>
</domain>
`
const BACKING = `
      <backingStore type='file'>
        <format type='qcow2'/>
        <source file='/mnt/a.qcow2'/>
        <backingStore/>
      </backingStore>`

test('what a definition says below one disk is cut out, and nothing else is touched', () => {
  const before = domain(disk('vda', BACKING), disk('vdb', BACKING))
  expect(withoutBacking(before, 'vdb')).toBe(domain(disk('vda', BACKING), disk('vdb', '\n      ')))
})

test('one that says nothing of them stays', () => {
  expect(withoutBacking(domain(disk('vda', ''), disk('vdb', BACKING)), 'vda')).toBeNull()
  expect(withoutBacking(domain(disk('vda', BACKING)), 'vdc')).toBeNull()
})

test('what QEMU has open for a disk is told from its top, each with the name that libvirt knows it by', () => {
  const running = `<domain><devices><disk type='file'><source file='/p/a.qcow2' index='5'/>
    <backingStore type='file' index='4'><format type='qcow2'/><source file='/p/b &amp; c.qcow2'/>
      <backingStore type='file' index='2'><format type='qcow2'/><source file='/p/d.qcow2'/><backingStore/></backingStore>
    </backingStore><target dev='vda'/></disk></devices></domain>`
  expect(imagesOf(running, 'vda')).toEqual([
    { path: '/p/a.qcow2', name: 'vda[5]' },
    { path: '/p/b & c.qcow2', name: 'vda[4]' },
    { path: '/p/d.qcow2', name: 'vda[2]' },
  ])
  expect(imagesOf(running, 'vdb')).toBeNull()
  // As it is when it does not run: nothing is open.
  expect(imagesOf(domain(disk('vda', BACKING)), 'vda')).toBeNull()
})
