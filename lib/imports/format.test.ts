import { expect, it } from 'vitest'
import { formatOf } from '@/lib/imports/format'
import { readImport } from '@/lib/imports/read-import'

const SECRET = 'canary-secret-of-a-text'

it.each([
  ['[wasabi]\ntype = s3', 'rclone'],
  ['\uFEFF# x\n\n[a]\n', 'rclone'],
  ['RCLONE_ENCRYPT_V0:\nabc', 'rclone'],
  ['# x\nnfs: nas\n\tserver x', 'proxmox'],
  ['\uFEFF [{"Name": "a", "Driver": "local"}]', 'docker'],
  ['[{"name": "a", "type": "nfs"}]', 'wolfstack'],
  ['{"a": {"type": "s3"}}', 'rclone'],
  ['{"mounts": []}', 'wolfstack'],
  ['{ broken', 'wolfstack'],
  ["<pool type='dir'/>", 'libvirt'],
  ["<?xml version='1.0'?>\n<domain type='kvm'/>", 'libvirt'],
  ['# made by hand\nservices:\n  web:\n    image: nginx\n', 'compose'],
  ['name: x\r\nvolumes: # all\r\n  a:\r\n', 'compose'],
  ['boot: order=scsi0\nscsi0: nas:101/vm-101-disk-0.qcow2,size=8G\n', 'proxmox-guest'],
  ['arch: amd64\nmp0: /mnt/media,mp=/media\nrootfs: local-lvm:vm-102-disk-0,size=8G\n', 'proxmox-guest'],
  ['dir: local\n\tpath /var/lib/vz\n', 'proxmox'],
])('%o is of %s', (text, format) => {
  expect(formatOf(text)).toBe(format)
})

it.each([
  [`# /etc/fstab\n//nas/s /mnt/s cifs username=bob,password=${SECRET} 0 0`, '/etc/fstab'],
  ['nas:/e\t/mnt/e\tnfs\tdefaults', '/etc/fstab'],
  [`[Unit]\nDescription=a\n[Mount]\nWhat=//nas/s\nType=cifs\nOptions=password=${SECRET}\n`, 'unit of systemd'],
  ['[global]\n  workgroup = HOME\n[films]\n  path = /srv/films\n', 'Samba server'],
  ['fsid = x\nmon_host = 10.0.0.1\n', 'ceph.conf'],
])('says of another text what it is, and where that goes: %j', (text, told) => {
  const { entries, problems, isRefused } = readImport(text, formatOf(text))
  expect({ entries, isRefused }).toEqual({ entries: [], isRefused: true })
  expect(problems).toEqual([{ line: 1, message: expect.stringContaining(told) }])
  expect(JSON.stringify(problems)).not.toContain(SECRET)
})

it.each(['[a]\ntype = s3\nendpoint = x /mnt cifs y', '[global]\ntype=s3', '[Mount]\ntype : s3'])(
  'a remote stays one, whatever it is called: %j',
  (text) => {
    expect(readImport(text, formatOf(text))).toMatchObject({ isRefused: false, entries: [{}] })
  },
)
