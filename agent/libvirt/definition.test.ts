import { expect, test } from 'vitest'
import { withoutBacking } from '@/agent/libvirt/definition'

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
