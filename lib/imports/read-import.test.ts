import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ImportEntry } from '@/lib/imports/entry'
import { formatOf } from '@/lib/imports/format'
import { readImport } from '@/lib/imports/read-import'

const SECRET = 'canary-secret-of-a-text'

function read(text: string): ImportEntry[] {
  const { entries, isRefused, problems } = readImport(text, formatOf(text))
  if (isRefused) throw new Error(problems[0]?.message)
  return entries
}

/** What each becomes, in short. */
function outline(text: string) {
  return read(text).map((entry) =>
    entry.kind === 'storage'
      ? [entry.name, entry.driver, entry.settings, entry.needs]
      : [entry.name, entry.kind, entry.reason],
  )
}

const STORAGE_JSON = {
  mounts: [
    {
      id: 's3-backups',
      name: 'S3 Backups',
      type: 's3',
      source: 'my.bucket:team',
      mount_point: '/mnt/wolfstack/s3-backups',
      enabled: true,
      global: true,
      auto_mount: true,
      s3_config: {
        access_key_id: 'FAKEKEY',
        secret_access_key: SECRET,
        region: 'eu-west-1',
        endpoint: '',
        provider: 'AWS',
      },
      status: 'mounted',
      created_at: '2026-02-11T04:00:00Z',
    },
    {
      name: 'Media',
      type: 'nfs',
      source: 'nas:/export/media',
      mount_point: '/mnt/wolfstack/media',
      nfs_options: 'ro,soft',
    },
    { name: 'Share', type: 'smb', source: '//nas/share', smb_config: { username: 'bob', password: '••••••••' } },
    { name: 'Local', type: 'directory', source: '/srv/data' },
    { name: 'Other', type: 'ftp', source: 'x' },
    { name: 'Broken', type: 's3', s3_config: 7 },
    null,
  ],
}

describe('storage.json of WolfStack', () => {
  it('is read with its secrets, places and what is missing', () => {
    expect(outline(JSON.stringify(STORAGE_JSON))).toEqual([
      [
        'S3 Backups',
        's3',
        {
          bucket: 'my.bucket',
          prefix: 'team',
          access_key_id: 'FAKEKEY',
          secret_access_key: SECRET,
          region: 'eu-west-1',
          endpoint: '',
          provider: 'AWS',
          path_style: true,
        },
        [],
      ],
      ['Media', 'nfs', { server: 'nas', export_path: '/export/media', nfs_options: 'ro,soft' }, []],
      ['Share', 'cifs', { server: 'nas', share_name: 'share', auth: 'password', username: 'bob' }, ['password']],
      ['Local', 'local-dir', { path: '/srv/data' }, []],
      ['Other', 'other', 'There is no storage type for "ftp".'],
      ['Broken', 'refused', expect.stringContaining('"s3_config"')],
      ['mount 7', 'refused', expect.stringContaining('not as WolfStack writes it')],
    ])
    expect(read(JSON.stringify(STORAGE_JSON))[0]).toMatchObject({
      place: { mountPoint: '/mnt/wolfstack/s3-backups', isGlobal: true },
    })
  })

  it('may be the list alone, and is refused when it is neither', () => {
    expect(read(JSON.stringify(STORAGE_JSON.mounts))).toHaveLength(7)
    expect(() => read('{"volumes": []}')).toThrow('no list "mounts"')
    expect(() => read('{"mounts": [')).toThrow('not valid JSON')
  })
})

const STORAGE_CFG = `# made by hand
dir: local
	path /var/lib/vz
	content iso,vztmpl,backup
	prune-backups keep-all=1

nfs: nas
	export /volume1/pve data
	path /mnt/pve/nas
	server 192.0.2.10
	content images
	nodes a,b
	options vers=4.2,soft

cifs: share
	path /mnt/pve/share
	server nas.example.com
	share media
	subdir /films/2020
	username bob
	domain HOME
	smbversion 3.11

cifs: guests
	server nas
	share open

iscsi: san
	portal 192.0.2.20
	target iqn.2023-01.com.example:store
	content none

lvm: san-lvm
	vgname vg_san
	base san:0.0.3.scsi-36001405abc
	shared 1

iscsi: other
	portal 192.0.2.21
	target iqn.2023-01.com.example:other

lvm: disks
	vgname pve

rbd: ceph-vm
	monhost 192.0.2.31 192.0.2.32;192.0.2.33
	pool vms
	username vm
	namespace a
	krbd 0

rbd: own
	pool rbd

nfs: old
	server nas
	export /old
	disable

zfspool: local-zfs
	pool rpool/data

nfs: secure
	server nas
	export /secure
	options sec=none
  nonsense!
`

describe('storage.cfg of Proxmox', () => {
  it('is read, with what Proxmox keeps elsewhere asked for', () => {
    expect(outline(STORAGE_CFG)).toMatchObject([
      ['local', 'local-dir', { path: '/var/lib/vz' }, []],
      ['nas', 'nfs', { server: '192.0.2.10', export_path: '/volume1/pve data', version: '4.2', on_outage: 'soft' }, []],
      [
        'share',
        'cifs',
        {
          server: 'nas.example.com',
          share_name: 'media',
          path: 'films/2020',
          username: 'bob',
          domain: 'HOME',
          smb_version: '3.1.1',
        },
        ['password'],
      ],
      ['guests', 'cifs', { server: 'nas', share_name: 'open', auth: 'guest' }, []],
      ['san', 'other', expect.stringContaining('volume group that lies on it')],
      [
        'san-lvm',
        'iscsi-lvm',
        { portal: '192.0.2.20', target: 'iqn.2023-01.com.example:store', lun: 3, volume_group: 'vg_san' },
        [],
      ],
      ['other', 'iscsi-lvm', { target: 'iqn.2023-01.com.example:other' }, ['lun']],
      ['disks', 'other', expect.stringContaining('disks of the host')],
      [
        'ceph-vm',
        'ceph-rbd',
        { monitors: '192.0.2.31 192.0.2.32;192.0.2.33', pool: 'vms', user: 'vm', namespace: 'a' },
        ['keyring'],
      ],
      ['own', 'other', expect.stringContaining('Ceph of Proxmox itself')],
      ['old', 'other', expect.stringContaining('switched off')],
      ['local-zfs', 'other', expect.stringContaining('ZFS')],
      ['secure', 'refused', expect.stringContaining('"sec"')],
    ])
    const nas = read(STORAGE_CFG)[1]
    expect(nas).toMatchObject({ line: 7, problems: [{ line: 12, key: 'nodes' }] })
    expect(readImport(STORAGE_CFG, 'proxmox').problems).toEqual([{ line: 67, message: expect.any(String) }])
  })
})

it.each([
  ['disable 0', 'storage'],
  ['disable no', 'storage'],
  ['disable', 'other'],
  ['disable 1', 'other'],
  ['disable yes', 'other'],
])('"%s" of Proxmox is read as a switch', (line, kind) => {
  expect(read(`nfs: a\n\tserver nas\n\texport /e\n\t${line}\n`)[0]).toMatchObject({ kind })
})

it.each([
  ['smbversion 2.1\n\toptions vers=3.0,domain=B', { smb_version: '3.0', domain: 'B' }],
  ['options vers=3.0\n\tsmbversion 2.1', { smb_version: '3.0', domain: 'A' }],
  ['smbversion 2.1', { smb_version: '2.1', domain: 'A' }],
])('the options of Proxmox win over its settings: %j', (lines, settings) => {
  const text = `cifs: a\n\tserver nas\n\tshare s\n\tusername bob\n\tdomain A\n\t${lines}\n`
  expect(read(text)[0]).toMatchObject({ kind: 'storage', settings })
})

const VOLUMES = [
  {
    CreatedAt: '2026-01-01T00:00:00Z',
    Driver: 'local',
    Labels: null,
    Mountpoint: '/var/lib/docker/volumes/media/_data',
    Name: 'media',
    Options: { device: ':/export/media', o: 'addr=192.0.2.10,rw,nfsvers=4', type: 'nfs' },
    Scope: 'local',
  },
  { Name: 'six', Driver: 'local', Options: { type: 'nfs4', o: 'addr=2001:db8::1,ro', device: 'nas:/export' } },
  {
    Name: 'share',
    Driver: 'local',
    Options: { type: 'cifs', o: `username=bob,password=${SECRET},vers=3.0`, device: '//nas/share' },
  },
  { Name: 'krb', Driver: 'local', Options: { type: 'cifs', o: 'username=bob,sec=krb5', device: '//nas/share' } },
  { Name: 'bound', Driver: 'local', Options: { type: 'none', o: 'bind', device: '/srv/data' } },
  { Name: 'ram', Driver: 'local', Options: { type: 'tmpfs', device: 'tmpfs', o: 'size=100m' } },
  { Name: 'plain', Driver: 'local', Options: null },
  { Name: 'plugin', Driver: 'rclone:latest', Options: { remote: 'x' } },
  { Driver: 'local' },
]

describe('docker volume inspect', () => {
  it('is read as the mounts that Docker makes', () => {
    expect(outline(JSON.stringify(VOLUMES))).toMatchObject([
      ['media', 'nfs', { server: '192.0.2.10', export_path: '/export/media' }, []],
      ['six', 'nfs', { server: '2001:db8::1', export_path: '/export' }, []],
      [
        'share',
        'cifs',
        { server: 'nas', share_name: 'share', username: 'bob', password: SECRET, smb_version: '3.0' },
        [],
      ],
      ['krb', 'refused', expect.stringContaining('"sec"')],
      ['bound', 'local-dir', { path: '/srv/data' }, []],
      ['ram', 'other', expect.stringContaining('"tmpfs"')],
      ['plain', 'other', expect.stringContaining('directory of Docker itself')],
      ['plugin', 'other', expect.stringContaining('plugin')],
      ['volume 9', 'refused', expect.stringContaining('docker volume inspect')],
    ])
    expect(read(JSON.stringify(VOLUMES))[1]).toMatchObject({ place: { readOnly: true } })
    expect(read(JSON.stringify(VOLUMES[0]))).toHaveLength(1)
  })
})

const withOptions = (o: string, type = 'cifs', device = '//nas/s') =>
  read(JSON.stringify({ Name: 'a', Driver: 'local', Options: { type, o, device } }))[0]

it.each([
  ['username=bob,password=abc,S3cretPw,vers=3.0', undefined, ['password']],
  ['username=bob,pass=abc,S3=cret,Pw,vers=3.0', undefined, ['password']],
  ['username=bob,password=,S3cretPw,vers=3.0', undefined, ['password']],
  ['username=bob,password=abc,,S3cretPw,vers=3.0', 'abc,S3cretPw', []],
  ['username=bob, password=S3cretPw, vers=3.0', 'S3cretPw', []],
  ['password=S3cretPw,username=bob,vers=3.0', 'S3cretPw', []],
])('a password of Docker with commas is whole or asked for: %s', (o, password, needs) => {
  const entry = withOptions(o)
  expect(entry).toMatchObject({ kind: 'storage', settings: { username: 'bob', smb_version: '3.0' }, needs })
  if (entry?.kind !== 'storage') throw new Error('expected a storage')
  expect(entry.settings.password).toBe(password)
  expect(JSON.stringify(entry.problems)).not.toMatch(/S3|abc|Pw/)
})

it.each(['bob:S3cretPw@nas/s', 'HOME;bob:S3cretPw@nas/s', 'bob%S3cretPw@nas/s', 'nas/s?password=S3cretPw'])(
  'a source with a sign-in in it is refused and not repeated: //%s',
  (source) => {
    const entry = withOptions('vers=3.0', 'cifs', `//${source}`)
    expect(entry).toMatchObject({ kind: 'refused', reason: expect.stringContaining('may be a secret') })
    expect(JSON.stringify(entry)).not.toContain('S3cret')
  },
)

it.each(['2001:db8::5', '[2001:db8::5]'])('an address of a server is read with brackets and without: %s', (server) => {
  const expected = { kind: 'storage', settings: { server: '2001:db8::5', export_path: '/e' } }
  expect(withOptions(`addr=${server},rw`, 'nfs', ':/e')).toMatchObject(expected)
  expect(read(`nfs: a\n\tserver ${server}\n\texport /e\n`)[0]).toMatchObject(expected)
  const pool = `<pool type='netfs'><name>a</name><source><host name='${server}'/><dir path='/e'/></source></pool>`
  expect(read(pool)[0]).toMatchObject(expected)
})

it('a bind mount with everything below it is refused by its name', () => {
  expect(withOptions('rbind', 'none', '/srv/a')).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('rbind'),
  })
})

it('the data pool of an RBD pool is named as left out', () => {
  const text = 'rbd: a\n\tmonhost 192.0.2.31\n\tpool vms\n\tdata-pool vms-data\n\tS3-cret x\n'
  const [entry] = read(text)
  expect(entry?.problems).toEqual([
    { line: 4, key: 'data-pool', message: expect.stringContaining('data pool') },
    { line: 5, message: expect.stringContaining('no counterpart') },
  ])
})

it('options of Docker may have spaces, and a plugin is named by its driver', () => {
  const entry = withOptions('addr=192.0.2.10, rw, nfsvers=3', 'nfs', ':/e')
  expect(entry).toMatchObject({ settings: { server: '192.0.2.10', version: '3' }, problems: [] })
  const plugin = { Name: 'a', Driver: 'vieux/sshfs', Options: { type: 'sshfs-type', sshcmd: 'u@h:/a' } }
  expect(read(JSON.stringify(plugin))[0]).toMatchObject({ reason: expect.stringContaining('"vieux/sshfs"') })
})

it('never throws, whatever is pasted, and repeats nothing of a secret', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      'nfs: a',
      '\tserver x',
      `\t${SECRET} y`,
      '<pool type="netfs">',
      '</pool>',
      '[{"Name":"a","Driver":"local","Options":{',
      '"o":"x"}}]',
      '{"mounts":[',
      '{}',
      ']}',
      '[a]',
      'type = s3',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('', '\n'), (pieces, between) => {
      const text = pieces.join(between)
      for (const format of ['rclone', 'wolfstack', 'proxmox', 'docker', 'libvirt'] as const) {
        const { entries, problems } = readImport(text, format)
        const said = entries.map((entry) => (entry.kind === 'storage' ? entry.problems : entry))
        // On a line of its own the secret is no name.
        if (between === '\n') expect(JSON.stringify([said, problems])).not.toContain(SECRET)
      }
    }),
    { numRuns: 500 },
  )
})
