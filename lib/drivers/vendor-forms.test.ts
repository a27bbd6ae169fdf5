import { expect, it } from 'vitest'
import { parseBackendInput, takenApart } from '@/lib/drivers/input'
import { HoldfastError } from '@/lib/errors'

const KEY = 'AQAAAABgAAAAABAAbm90LWEtcmVhbC1rZXktMQ=='
const IQN = 'iqn.2001-04.com.example:storage.disk1'
const DUMP = `epoch 3
fsid 9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11
min_mon_release 18 (reef)
election_strategy: 1
0: [v2:10.0.0.1:3300/0,v1:10.0.0.1:6789/0] mon.a
1: [v2:10.0.0.2:3300/0,v1:10.0.0.2:6789/0] mon.b
dumped monmap epoch 3
`
const NAS = { server: 'nas', export_path: '/e' }
const RBD = { monitors: '10.0.0.1', pool: 'rbd' }

it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['ceph-rbd', { ...RBD, monitors: DUMP }, { monitors: '10.0.0.1,10.0.0.2' }],
  [
    'ceph-rbd',
    { ...RBD, monitors: '10.0.0.1:3300/10.0.0.2/[fd00::3]:6789' },
    { monitors: '10.0.0.1:3300,10.0.0.2,[fd00::3]:6789' },
  ],
  ['ceph-rbd', { ...RBD, monitors: '10.0.0.1:6789/0,10.0.0.2:6789/0' }, { monitors: '10.0.0.1:6789,10.0.0.2:6789' }],
  ['ceph-rbd', { ...RBD, pool: ' rbd ', user: ' client.vm\n' }, { pool: 'rbd', user: 'vm' }],
  ['ceph-rbd', { ...RBD, keyring: `[client.vm]\n\tkey = "${KEY}"\n` }, { user: 'vm' }],
  ['ceph-rbd', { ...RBD, keyring: `client.vm\n\tkey: ${KEY}\n\tcaps: [mon] profile rbd\n` }, { user: 'vm' }],
  ['ceph-rbd', { ...RBD, keyring: `[{"entity":"client.vm","key":"${KEY}","caps":{}}]` }, { user: 'vm' }],
  ['ceph-rbd', { ...RBD, keyring: `key: ${KEY}` }, { user: 'admin' }],
  [
    'iscsi-lvm',
    { portal: `/dev/disk/by-path/ip-192.0.2.5:3260-iscsi-${IQN}-lun-2` },
    { portal: '192.0.2.5:3260', target: IQN, lun: 2 },
  ],
  ['iscsi-lvm', { target: `ip-[fd00::5]:3260-iscsi-${IQN}-lun-0` }, { portal: '[fd00::5]:3260', target: IQN }],
  ['nfs', { ...NAS, server: 'nas:2049' }, { server: 'nas' }],
  ['nfs', { ...NAS, server: '[fd00::1]:20049' }, { server: 'fd00::1', port: 20_049 }],
  ['nfs', { ...NAS, server: 'nas/' }, { server: 'nas' }],
  ['nfs', { ...NAS, server: 'nfs://nas' }, { server: 'nas', export_path: '/e' }],
  ['nfs', { ...NAS, export_path: '"/my films" *(rw)' }, { export_path: '/my films' }],
  ['nfs', { ...NAS, mount_options: '(rw,vers=4.2)' }, { version: '4.2' }],
  ['nfs', { ...NAS, mount_options: 'rw,vers=4,minorversion=1 0 0' }, { version: '4.1' }],
  ['local-dir', { path: '"/srv/my films"' }, { path: '/srv/my films' }],
  ['local-dir', { path: '/srv/my\\ films' }, { path: '/srv/my films' }],
])('%s takes what a tool prints: %j', (type, given, expected) => {
  expect(parseBackendInput(type, given).config).toMatchObject(expected)
  expect(takenApart(type, given).notes.join()).not.toContain('AQ')
})

it.each<[string, Record<string, unknown>, string]>([
  ['ceph-rbd', { ...RBD, user: 'vm', keyring: `[client.admin]\nkey = ${KEY}\n` }, 'config.keyring'],
  [
    'ceph-rbd',
    { ...RBD, keyring: `[{"entity":"client.a","key":"${KEY}"},{"entity":"client.b","key":"${KEY}"}]` },
    'config.keyring',
  ],
  ['ceph-rbd', { ...RBD, keyring: `client.a\n\tkey: ${KEY}\nclient.b\n\tkey: ${KEY}\n` }, 'config.keyring'],
  ['ceph-rbd', { ...RBD, monitors: 'nas/share' }, 'config.monitors'],
  ['nfs', { ...NAS, server: 'nas:99999' }, 'config.server'],
  ['nfs', { ...NAS, mount_options: '(rw,vers=4.2' }, 'config.mount_options'],
])('%s asks where that says two things, or none: %j', (type, given, field) => {
  try {
    parseBackendInput(type, given)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    expect(error.fields?.map((problem) => problem.field)).toContain(field)
    expect(`${error.message}${JSON.stringify(error.fields)}`).not.toContain(KEY)
    return
  }
  throw new Error('expected a refusal')
})

it.each<[string, Record<string, unknown>, string]>([
  ['s3', { bucket: 'media', access_key_id: 'a' }, 'endpoint'],
  ['http', {}, 'base_url'],
  ['cifs', { share_name: 's', username: 'u' }, 'server'],
  ['nfs', { export_path: '/e' }, 'server'],
  ['ceph-rbd', RBD, 'keyring'],
])('%s refuses an endless text at once, whatever is in it', (type, rest, field) => {
  for (const piece of ['a.', 'é ', '@a/', '\n', '[client.a] ', ' \t', '://']) {
    const text = `https://${piece.repeat(200_000)}`
    expect(() => parseBackendInput(type, { ...rest, [field]: text })).toThrow(field)
  }
})
