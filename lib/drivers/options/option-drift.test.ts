import { expect, it } from 'vitest'
import { optionReport } from '@/lib/drivers/options/option-drift'
import { spokenOn } from '@/lib/drivers/requests'

/** As kernels show them; the CIFS line is of the lab's Samba server. */
const CIFS =
  'rw,nosuid,nodev,noexec,relatime,vers=3.1.1,cache=strict,username=alice,uid=0,forceuid,gid=0,forcegid,addr=10.77.0.1,file_mode=0644,dir_mode=0755,hard,nounix,serverino,mapposix,rsize=4194304,wsize=4194304,bsize=1048576,echo_interval=60,actimeo=1,closetimeo=1'
const SHARE = { server: '10.77.0.1', share_name: 'share', username: 'alice' }
const NFS = { server: 'nas', export_path: '/e', proto: 'tcp', rsize: 1_048_576 }
const FUSE = 'rw,nosuid,nodev,relatime,user_id=0,group_id=0,allow_other'
const S3 = { provider: 'Minio', endpoint: 'https://s3.test', bucket: 'films', access_key_id: 'AKEXAMPLE' }
const BIND = 'rw,nosuid,nodev,noatime,errors=remount-ro'
const drift = (driver: string, config: Record<string, unknown>, effective: string, readOnly = false) =>
  optionReport(driver, config, '/mnt/x', readOnly, effective).drift.map(({ asked, effective: have }) => [asked, have])

it.each<[string, string, Record<string, unknown>, string, unknown[]]>([
  ['SMB as the kernel words it', 'cifs', SHARE, CIFS, []],
  ['SMB that was remounted', 'cifs', SHARE, CIFS.replace('rw,', 'ro,'), [['rw', 'ro']]],
  ['SMB mounted by hand', 'cifs', SHARE, CIFS.replace('hard', 'soft'), [['hard', 'soft']]],
  ['S3', 's3', { ...S3, noexec: false }, FUSE, []],
  ['S3 that was remounted', 's3', { ...S3, noexec: false }, FUSE.replace('rw,', 'ro,'), [['rw', 'ro']]],
  ['a directory on a file system without access times', 'local-dir', { path: '/srv/x' }, BIND, []],
  ['a directory that was remounted', 'local-dir', { path: '/srv/x' }, `ro,${BIND}`, [['rw', 'ro']]],
  ['NFS over IPv6', 'nfs', NFS, 'rw,nosuid,nodev,hard,vers=4.2,proto=tcp6,rsize=262144', []],
  [
    'NFS of another version',
    'nfs',
    { ...NFS, version: '3' },
    'rw,nosuid,nodev,hard,vers=4.2',
    [['vers=3', 'vers=4.2']],
  ],
  ['NFS of whatever version both speak', 'nfs', NFS, 'rw,nosuid,nodev,hard,vers=3,proto=tcp', []],
  ['the highest NFS 4', 'nfs', { ...NFS, version: '4' }, 'rw,nosuid,nodev,hard,vers=4.1', []],
  ['NFS 3 where 4 was asked for', 'nfs', { ...NFS, version: '4' }, 'rw,nosuid,nodev,vers=3', [['vers=4', 'vers=3']]],
  ['a type that this version does not know', 'tape', {}, 'ro,nosuid,nodev', []],
])('%s', (_case, driver, config, effective, expected) => {
  expect(drift(driver, config, effective)).toEqual(expected)
})

it.each([
  ['nfs', 'rw,vers=4.1,hard', 'NFS 4.1'],
  ['nfs', 'rw,vers=3,hard', 'NFS 3'],
  ['nfs', 'rw', null],
  ['cifs', CIFS, 'SMB 3.1.1'],
  ['s3', FUSE, null],
  ['tape', 'vers=3', null],
  ['nfs', null, null],
])('tells what both sides of %s agreed on: %s', (driver, effective, expected) => {
  expect(spokenOn(driver, effective)).toBe(expected)
})
