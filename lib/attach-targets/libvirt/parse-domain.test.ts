import { expect, it } from 'vitest'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'

const XML = `<domain type='kvm' id='3'><name>web-1</name>
<metadata><libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0"><libosinfo:os id="http://debian.org/debian/12"/></libosinfo:libosinfo></metadata>
<devices>
  <disk type='file' device='disk'><source file='/mnt/a &amp; b/disk.qcow2' index='1'/><backingStore type='file'><source file='/mnt/base.qcow2'/></backingStore><target dev='vda' bus='virtio'/></disk>
  <disk type='block' device='disk'><source dev='/dev/vg/vol_1'/><target dev='vdb'/><readonly/></disk>
  <disk type='network' device='disk'><source protocol='rbd' name='vms/tenant/vol_2'><host name='10.0.0.1'/></source><target dev='vdc'/></disk>
  <disk type='network' device='disk'><source protocol='nbd' name='x'/><target dev='vdd'/></disk>
  <disk type='volume' device='disk'><source pool='default' volume='web.img'/><target dev='vde'/></disk>
  <disk type='file' device='cdrom'><target dev='sda'/></disk>
  <filesystem type='mount'><driver type='virtiofs'/><source dir='/mnt/shared'/><target dir='shared'/></filesystem>
  <filesystem type='mount' accessmode='mapped'><source dir='/srv/old'/><target dir='old'/><readonly/></filesystem>
</devices></domain>`

it('reads disks of all kinds and shared directories, and no empty drive', () => {
  const at = { name: null, isReadOnly: false }
  expect(parseDomain(XML)).toEqual({
    isActive: true,
    system: 'debian 12',
    storage: [
      { ...at, kind: 'disk', source: '/mnt/a & b/disk.qcow2', target: 'vda' },
      { ...at, kind: 'disk', source: '/dev/vg/vol_1', target: 'vdb', isReadOnly: true },
      { ...at, kind: 'disk', source: 'vms/tenant/vol_2', target: 'vdc' },
      { ...at, kind: 'disk', source: null, name: 'nbd: x', target: 'vdd' },
      { ...at, kind: 'volume', source: null, name: 'default/web.img', target: 'vde' },
      { ...at, kind: 'virtiofs', source: '/mnt/shared', target: 'shared' },
      { ...at, kind: '9p', source: '/srv/old', target: 'old', isReadOnly: true },
    ],
  })
})

it('knows a machine that does not run, and one that says nothing of itself', () => {
  expect(parseDomain('<domain><name>x</name></domain>')).toEqual({ isActive: false, system: null, storage: [] })
  expect(() => parseDomain('error: no')).toThrow()
})
