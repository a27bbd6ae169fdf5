import { describe, expect, it } from 'vitest'
import { partialOf } from '@/lib/drivers/descriptor-input'
import { parseBackendInput, replaceBackendInput } from '@/lib/drivers/input'
import { ALL_TYPES, driverById } from '@/lib/drivers/registry'
import { sentWords, stillSaid } from '@/lib/drivers/sent-words'

type Config = Record<string, unknown>

const IQN = 'iqn.2023-01.com.example:a'
const NFS = { server: 'nas', export_path: '/e' }
const CIFS = { server: 'nas', username: 'bob' }
const CEPH = { monitors: '10.0.0.1', user: 'libvirt' }
const S3 = { provider: 'Other', endpoint: 'https://s3.example.net', bucket: 'bucket-a', access_key_id: 'AKIDEXAMPLE' }
const WOLFDISK = { data_dir: '/var/lib/wolfdisk' }

/** What a client reads that made a backend of this config. */
function made(type: string, sent: Config) {
  const driver = driverById(type).id
  const { config } = parseBackendInput(type, sent)
  const words = stillSaid(sentWords({ type, config: sent }, driver, config), driver, config).config
  return { driver, config, words, read: { ...config, ...words } }
}

/** What it reads after it has sent that back with this changed. */
function cycle(type: string, sent: Config, change: Config): { before: Config; after: Config } {
  const { driver, config: stored, words, read: before } = made(type, sent)
  const given = JSON.parse(JSON.stringify({ ...before, ...change })) as Config
  const { config } = replaceBackendInput(driver, stored, given, words)
  const after = stillSaid(sentWords({ config: given }, driver, config), driver, config).config
  return { before, after: { ...config, ...after } }
}

const told = (config: Config) =>
  Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined && value !== null))

describe('what was read comes back with one thing changed, and nothing else has changed', () => {
  it.each<[string, Config, Config, Config?]>([
    // The fourth says what changes with it; undefined is gone.
    ['iscsi', { target: '192.0.2.5', port: 3261 }, { target: IQN }],
    ['iscsi-lvm', { target: '192.0.2.5', port: 3261 }, { target: IQN }],
    ['iscsi', { target: '192.0.2.5' }, { target: IQN }],
    ['iscsi', { target: '192.0.2.5', port: 3261 }, { port: 3262 }, { portal: '192.0.2.5:3262' }],
    ['iscsi', { target: '192.0.2.5', port: 3261 }, { port: null }, { port: undefined, portal: '192.0.2.5:3260' }],
    ['iscsi', { target: '192.0.2.5', port: 3261 }, { target: '192.0.2.6' }, { portal: '192.0.2.6:3261' }],
    ['iscsi', { target: '192.0.2.5', port: 3261 }, { portal: '192.0.2.6:3261' }, { target: undefined }],
    ['iscsi', { target: '192.0.2.5', port: 3261 }, { lun: 3 }],
    ['iscsi', { target: IQN, port: 3263 }, { portal: '192.0.2.77:3260' }, { port: undefined }],
    ['iscsi', { target: IQN, port: 3263 }, { portal: '192.0.2.77:3263' }],
    ['iscsi', { target: IQN, portal: 'san:3263', port: 3263 }, { port: 3264 }, { portal: 'san:3264' }],
    ['iscsi', { target: IQN, portal: 'san:3263', port: 3263 }, { portal: 'san:3264' }, { port: undefined }],
    ['iscsi', { target: IQN, portal: 'san:3263', port: 3263 }, { portal: 'nas:3263' }],
    ['iscsi', { target: '192.0.2.5:3400' }, { port: 3263 }, { portal: '192.0.2.5:3263', target: undefined }],
    [
      'iscsi',
      { target: '192.0.2.5', port: 3263 },
      { target: '192.0.2.5:3400' },
      { portal: '192.0.2.5:3400', port: undefined },
    ],
    ['iscsi', { target: IQN, portal: 'san' }, { chap_enabled: true, chap_user: 'vm' }],
    ['nfs', { ...NFS, mount_options: 'vers=3' }, { mount_options: 'vers=4.2' }, { version: '4.2' }],
    ...['', null].map((mount_options): [string, Config, Config, Config] => [
      'nfs',
      { ...NFS, mount_options: 'ro,noatime,vers=3' },
      { mount_options },
      { mount_options: undefined, read_only: false, noatime: false, version: 'auto' },
    ]),
    ['nfs', { ...NFS, mount_options: 'vers=4.1,soft' }, { version: '4.2' }, { mount_options: undefined }],
    ['nfs', { ...NFS, mount_options: 'vers=4.1,soft' }, { server: 'nas2' }],
    ['nfs', { ...NFS, mount_options: 'vers=4.1,soft' }, { export_path: '/f' }],
    ['nfs', { ...NFS, mount_options: 'vers=4.1,soft' }, { timeo: 70 }],
    ['nfs', { ...NFS, mount_options: 'timeo=70' }, { timeo: null }, { mount_options: 'timeo=70', timeo: 70 }],
    ['nfs', { ...NFS, mount_options: 'timeo=70' }, { mount_options: 'timeo=80' }, { timeo: 80 }],
    ['nfs', { ...NFS, mount_options: 'ro' }, { read_only: false }, { mount_options: undefined }],
    ['nfs', { ...NFS, options: 'ro' }, { options: '' }, { options: undefined, read_only: false }],
    ['nfs', { ...NFS, nfs_options: 'ro' }, { nfs_options: 'rw' }, { read_only: false }],
    ['nfs', { ...NFS, nfs_options: 'ro' }, { nfs_options: 'ro,noatime' }, { noatime: true }],
    ['nfs', NFS, { mount_options: 'ro' }, { read_only: true }],
    ['nfs', NFS, { version: '4.1' }],
    ['nfs', NFS, { port: 20_049 }],
    ['nfs', { ...NFS, timeo: 70 }, { timeo: null }, { timeo: 600 }],
    ['cifs', { ...CIFS, share: 'a' }, { share_name: 'b' }, { share: undefined }],
    ['cifs', { ...CIFS, share: 'a' }, { share: 'b' }, { share_name: 'b' }],
    ['cifs', { ...CIFS, share: 'a' }, { share: null }, { share: undefined }],
    ['cifs', { ...CIFS, share_name: 'a' }, { share: 'b' }, { share_name: 'b' }],
    ['cifs', { ...CIFS, share: 'a' }, { path: 'team' }],
    ['cifs', { ...CIFS, share: 'a' }, { server: 'nas2' }],
    ['cifs', { ...CIFS, share: 'a', options: 'ro' }, { share_name: 'b' }, { share: undefined }],
    ['cifs', { ...CIFS, share: 'a', options: 'ro' }, { read_only: false }, { options: undefined }],
    ['cifs', { ...CIFS, share: 'a', options: 'ro,vers=3.0' }, { options: 'ro' }, { smb_version: 'auto' }],
    [
      'cifs',
      { ...CIFS, share: 'a', smb_options: 'ro' },
      { smb_options: null },
      { smb_options: undefined, read_only: false },
    ],
    ['cifs', { ...CIFS, share: 'a' }, { username: 'eve' }],
    ['cifs', { ...CIFS, share: 'a' }, { port: 1445 }],
    ['ceph-rbd', { ...CEPH, pool_name: 'a' }, { pool: 'b' }, { pool_name: undefined }],
    ['ceph-rbd', { ...CEPH, pool_name: 'a' }, { pool_name: 'b' }, { pool: 'b' }],
    ['ceph-rbd', { ...CEPH, pool_name: 'a' }, { pool_name: '' }, { pool_name: undefined }],
    ['ceph-rbd', { ...CEPH, pool: 'a' }, { pool_name: 'b' }, { pool: 'b' }],
    ['ceph-rbd', { ...CEPH, pool_name: 'a' }, { monitors: '10.0.0.2' }],
    ['ceph-rbd', { ...CEPH, pool_name: 'a' }, { user: 'admin' }],
    ['ceph-rbd', { ...CEPH, pool_name: 'a' }, { namespace: 'n' }],
    ['s3', S3, { bucket: 'bucket-b' }],
    ['s3', S3, { region: 'eu-1' }],
    ['s3', { ...S3, region: 'eu-1' }, { region: null }, { region: undefined }],
    ['s3', S3, { endpoint: 'https://s3.example.com' }],
    ['s3', S3, { write_back: 30 }],
    ['http', { base_url: 'https://files.example.com/a' }, { base_url: 'https://files.example.com/b' }],
    ['local-dir', { path: '/srv/a' }, { path: '/srv/b' }],
    ['local-dir', { path: '/srv/a' }, { read_only: true }],
    ['wolfdisk', WOLFDISK, { data_dir: '/srv/wolfdisk' }],
  ])('%s %j: %j', (type, sent, change, also = {}) => {
    const { before, after } = cycle(type, sent, change)
    expect(told(after)).toEqual(told({ ...before, ...change, ...also }))
  })
})

it.each(ALL_TYPES)('$id has one schema for input that is not complete, compiled once', (descriptor) => {
  expect(partialOf(descriptor)).toBe(partialOf(descriptor))
})
