import { describe, expect, it } from 'vitest'
import type { ImportEntry } from '@/lib/imports/entry'
import { readLibvirt } from '@/lib/imports/libvirt-pools'

function read(text: string): ImportEntry[] {
  const { entries, isRefused, problems } = readLibvirt(text)
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

const POOLS = `<?xml version="1.0"?>
<pool type='netfs' xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'>
  <name>media</name><uuid>1</uuid>
  <source><host name='nas'/><dir path='/export/media'/><format type='nfs'/><protocol ver='4.1'/></source>
  <target><path>/var/lib/libvirt/images/media</path></target>
  <fs:mount_opts><fs:option name='soft'/></fs:mount_opts>
</pool>
<pool type='netfs'><name>share</name><source><host name='nas'/><dir path='share'/><format type='cifs'/></source></pool>
<pool type='netfs'><name>gl</name><source><host name='nas'/><dir path='/x'/><format type='glusterfs'/></source></pool>
<pool type='dir'><name>default</name><target><path>/var/lib/libvirt/images</path></target></pool>
<pool type='iscsi'><name>san</name><source><host name='192.0.2.20' port='3261'/><device path='iqn.2023-01.com.example:store'/>
  <auth type='chap' username='vm'><secret usage='x'/></auth></source></pool>
<pool type='rbd'><name>ceph</name><source><name>vms</name><host name='192.0.2.31'/><host name='2001:db8::2' port='6789'/>
  <auth type='ceph' username='libvirt'><secret uuid='9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11'/></auth></source></pool>
<pool type='logical'><name>vg</name><source><device path='/dev/sda3'/></source></pool>
`

describe('virsh pool-dumpxml', () => {
  it('may have comments, and is refused at once where a million signs of it are left open', () => {
    expect(
      read(`<!-- one --><?xml version="1.0"?><!-- <pool/> -->${"<pool type='dir'><name>a</name></pool>"}`),
    ).toHaveLength(1)
    for (const open of ['<!--', '<?xml ', '<pool>']) expect(() => read(open.repeat(1_000_000 / open.length))).toThrow()
  })

  it('is read, one pool or several after each other', () => {
    expect(outline(POOLS)).toMatchObject([
      ['media', 'nfs', { server: 'nas', export_path: '/export/media', version: '4.1', on_outage: 'soft' }, []],
      ['share', 'cifs', { server: 'nas', share_name: 'share', auth: 'guest' }, []],
      ['gl', 'other', expect.stringContaining('glusterfs')],
      ['default', 'local-dir', { path: '/var/lib/libvirt/images' }, []],
      [
        'san',
        'iscsi-lvm',
        { portal: '192.0.2.20:3261', target: 'iqn.2023-01.com.example:store', chap_enabled: true, chap_user: 'vm' },
        ['lun', 'chap_password'],
      ],
      [
        'ceph',
        'ceph-rbd',
        {
          monitors: '192.0.2.31,[2001:db8::2]:6789',
          pool: 'vms',
          user: 'libvirt',
          secret_uuid: '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11',
        },
        ['keyring'],
      ],
      ['vg', 'other', expect.stringContaining('volume group')],
    ])
  })

  it.each([
    ['cut off', "<pool type='dir'><name>x", 'not whole'],
    ['another document', '<network><name>x</name></network>', 'no storage pool'],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><pool/>', 'not whole'],
  ])('refuses one that is %s', (_case, text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})

const RBD = (name: string, options = '') =>
  `<pool type='rbd' xmlns:rbd='http://libvirt.org/schemas/storagepool/rbd/1.0'><name>ceph</name>
<source><name>${name}</name><host name='192.0.2.31'/><auth type='ceph' username='libvirt'><secret usage='x'/></auth></source>
${options}</pool>`
const option = (name: string, value: string) => `<rbd:option name='${name}' value='${value}'/>`

describe('what else a pool says', () => {
  it.each([
    ['rbd', { pool: 'rbd' }],
    ['rbd/tenant-a', { pool: 'rbd', namespace: 'tenant-a' }],
    ['rbd/', { pool: 'rbd' }],
  ])('<name>%s</name> is %o', (name, settings) => {
    const [entry] = read(RBD(name))
    expect(entry).toMatchObject({ kind: 'storage', settings, problems: [] })
    if (entry?.kind === 'storage')
      expect(entry.settings.namespace).toBe('namespace' in settings ? settings.namespace : undefined)
  })

  it('options of Ceph are named, without their values', () => {
    const options = `<rbd:config_opts>${option('client_mount_timeout', '45')}${option('rados mon op timeout', 'x9')}</rbd:config_opts>`
    const [entry] = read(RBD('rbd', options))
    expect(entry?.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('"client_mount_timeout"'),
      expect.stringContaining('"rados_mon_op_timeout"'),
    ])
    expect(JSON.stringify(entry?.problems)).not.toMatch(/45|x9/)
  })

  it.each(['ms_client_mode', 'auth_client_required', 'cephx_sign_messages', 'ms-mon-client-mode', 'key'])(
    'one with %s is refused, since it would be less safe',
    (name) => {
      const [entry] = read(RBD('rbd', `<rbd:config_opts>${option(name, 'canary')}</rbd:config_opts>`))
      expect(entry).toMatchObject({ kind: 'refused', reason: expect.stringContaining('sign-in or the encryption') })
      expect(JSON.stringify(entry)).not.toContain('canary')
    },
  )

  it('the initiator that libvirt signs in as is named', () => {
    const [entry] = read(`<pool type='iscsi'><name>san</name><source><host name='san.lan'/>
      <device path='iqn.2023-01.com.example:store'/><initiator><iqn name='iqn.2024-01.com.example:hv1'/></initiator></source></pool>`)
    expect(entry).toMatchObject({ kind: 'storage', driver: 'iscsi-lvm' })
    expect(entry?.problems[0]?.message).toContain('signs in as iqn.2024-01.com.example:hv1')
  })

  it.each([
    ['netfs', "<f:mount_opts><f:option name='sec=krb5p'/></f:mount_opts>", { sec: 'krb5p' }],
    ['netfs', "<f:mount_opts><f:option name='soft'/></f:mount_opts>", { on_outage: 'soft' }],
  ])('options of %s count under every prefix: %s', (type, options, settings) => {
    const [entry] = read(`<pool type='${type}' xmlns:f='http://libvirt.org/schemas/storagepool/fs/1.0'><name>m</name>
      <source><host name='nas'/><dir path='/a'/></source>${options}</pool>`)
    expect(entry).toMatchObject({ kind: 'storage', settings, problems: [] })
  })

  it('options of Ceph that guard it count under every prefix', () => {
    const options = RBD('rbd', "<rbd:config_opts><rbd:option name='ms_client_mode' value='secure'/></rbd:config_opts>")
    expect(read(options.replaceAll('rbd:', 'c:').replace('xmlns:rbd', 'xmlns:c'))[0]?.kind).toBe('refused')
  })

  it.each([
    [
      "<pool type='netfs'><name>m</name><source><host name='nas' port='2050'/><host name='nas2'/><dir path='/a'/></source></pool>",
      ['host nas2', 'port'],
    ],
    [
      "<pool type='netfs'><name>m</name><source><host name='nas'/><dir path='s'/><format type='cifs'/><auth type='x' username='bob'/></source></pool>",
      ['as a guest'],
    ],
    [
      "<pool type='iscsi'><name>m</name><source><host name='san'/><device path='iqn.2023-01.com.example:a'/><device path='iqn.2023-01.com.example:b'/></source></pool>",
      ['device iqn.2023-01.com.example:b'],
    ],
  ])('what is there twice, or for nothing, is named: %s', (text, words) => {
    const [entry] = read(text)
    expect(entry?.problems.map(({ message }) => message)).toEqual(words.map((word) => expect.stringContaining(word)))
  })

  it('monitors of Ceph may be missing, or have brackets', () => {
    const host = "<host name='192.0.2.31'/>"
    expect(read(RBD('rbd').replace(host, ''))[0]).toMatchObject({ needs: ['monitors', 'keyring'] })
    expect(read(RBD('rbd').replace(host, "<host name='[2001:db8::2]' port='3300'/>"))[0]).toMatchObject({
      settings: { monitors: '[2001:db8::2]:3300' },
    })
    // No namespace is called so: the form says it.
    expect(read(RBD('rbd/a/b'))[0]).toMatchObject({ settings: { pool: 'rbd', namespace: 'a/b' } })
  })

  it('an element that nobody reads is named, and what every pool has is not', () => {
    const [entry] =
      read(`<pool type='dir'><name>d</name><uuid>1</uuid><capacity unit='bytes'>1</capacity><features><cow state='yes'/></features>
      <source><frobnicate/></source><target><path>/srv/d</path><permissions><mode>0711</mode></permissions></target>
      <x:y xmlns:x='u'/></pool>`)
    expect(entry?.problems.map(({ message }) => message.slice(0, 30))).toEqual([
      'The element <x:y> has no count',
      'The element <frobnicate> has n',
    ])
  })
})
