import { describe, expect, it } from 'vitest'
import { type AttachAsk, attachInfo } from '@/lib/libvirt/attach-info'

const VOLUME = { id: 'vol_01kb7z3n9q0000000000000abc', format: 'raw', accessMode: 'RWO' } as const
const NEW = { libvirt: '11.6.0', qemu: '10.0.2' }
const RBD = {
  kind: 'rbd',
  pool: 'vms',
  namespace: '',
  user: 'holdfast',
  monitors: [
    { address: '10.0.0.1', port: 6789 },
    { address: '2001:db8::2', port: null },
    { address: 'mon3.example.com', port: 3300 },
  ],
  secretUuid: '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11',
} as const

function ask(change: Partial<AttachAsk> = {}): AttachAsk {
  return {
    place: { kind: 'directory', path: '/mnt/holdfast/fast' },
    backendId: 'bkd_1',
    volume: VOLUME,
    host: NEW,
    ...change,
  }
}

/** The value of an option that must be there once, as JSON. */
function json(args: readonly string[], option: string): Record<string, unknown> {
  const places = args.flatMap((arg, index) => (arg === option ? [index] : []))
  expect(places).toHaveLength(1)
  return JSON.parse(args[(places[0] ?? 0) + 1] ?? '') as Record<string, unknown>
}

describe('an image file', () => {
  const info = attachInfo(ask({ volume: { ...VOLUME, format: 'qcow2' } }))

  it('is a disk of type file with its format, which nobody probes', () => {
    expect(info.disk_xml).toBe(
      [
        "<disk type='file' device='disk'>",
        "  <driver name='qemu' type='qcow2' cache='writeback' discard='unmap'/>",
        "  <source file='/mnt/holdfast/fast/vol_01kb7z3n9q0000000000000abc/disk.qcow2'/>",
        "  <target dev='vda' bus='virtio'/>",
        '  <serial>3n9q0000000000000abc</serial>',
        '</disk>',
      ].join('\n'),
    )
    expect(info).toMatchObject({
      mount_path: '/mnt/holdfast/fast',
      file_path: '/mnt/holdfast/fast/vol_01kb7z3n9q0000000000000abc/disk.qcow2',
      device_path: null,
      rbd_pool: null,
      notes: [],
    })
  })

  it('is the one that its machine went on with after a snapshot', () => {
    const imageName = 'disk_01kb7z3n9q0000000000000abc.qcow2'
    const { file_path, disk_xml, qemu_args } = attachInfo(ask({ volume: { ...VOLUME, format: 'qcow2', imageName } }))
    expect(file_path).toBe(`/mnt/holdfast/fast/${VOLUME.id}/${imageName}`)
    for (const text of [disk_xml, qemu_args.join(' ')]) expect(text).toContain(imageName)
  })

  it('is the same disk for QEMU', () => {
    expect(json(info.qemu_args, '-blockdev')).toEqual({
      driver: 'qcow2',
      'node-name': VOLUME.id,
      'read-only': false,
      discard: 'unmap',
      cache: { direct: false, 'no-flush': false },
      file: { driver: 'file', filename: info.file_path },
    })
    expect(info.qemu_args.slice(-2)).toEqual([
      '-device',
      `virtio-blk-pci,drive=${VOLUME.id},id=vda,serial=${info.serial},write-cache=on`,
    ])
  })

  it('keeps what stands in a path from becoming XML', () => {
    const path = `/mnt/a'/><disk type="file">&amp;<!--`
    const { disk_xml } = attachInfo(ask({ place: { kind: 'directory', path } }))
    expect(disk_xml.match(/<disk/g)).toHaveLength(1)
    expect(disk_xml).toContain('/mnt/a&apos;/&gt;&lt;disk type=&quot;file&quot;&gt;&amp;amp;&lt;!--/vol_')
  })

  it.each(['/mnt/a\u0000b', '/mnt/a\u001bb', '/mnt/\ud800'])('refuses what XML cannot say: %j', (path) => {
    expect(() => attachInfo(ask({ place: { kind: 'directory', path } }))).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    )
  })
})

it('a logical volume is a block device past the cache of the host', () => {
  const info = attachInfo(ask({ place: { kind: 'volume-group', group: 'vg_san' } }))
  expect(info.device_path).toBe(`/dev/vg_san/${VOLUME.id}`)
  expect(info.disk_xml).toContain("<disk type='block' device='disk'>")
  expect(info.disk_xml).toContain("cache='none' io='native' discard='unmap'")
  expect(json(info.qemu_args, '-blockdev')).toMatchObject({
    cache: { direct: true, 'no-flush': false },
    file: { driver: 'host_device', filename: info.device_path, aio: 'native' },
  })
  expect(info.notes).toEqual([expect.stringContaining(`lvchange -ay vg_san/${VOLUME.id}`)])
})

it.each(['writeback', 'writethrough', 'unsafe'] as const)(
  '%s has no native I/O, which libvirt would refuse',
  (cache) => {
    const info = attachInfo(ask({ place: { kind: 'volume-group', group: 'vg_san' }, wish: { cache } }))
    expect(info.disk_xml).not.toContain('io=')
    expect(json(info.qemu_args, '-blockdev')).toMatchObject({
      cache: { direct: false, 'no-flush': cache === 'unsafe' },
      file: { aio: 'threads' },
    })
    expect(info.qemu_args.at(-1)).toContain(`write-cache=${cache === 'writethrough' ? 'off' : 'on'}`)
  },
)

describe('an image of Ceph', () => {
  it('names all monitors, the user and the secret, and never a key', () => {
    const info = attachInfo(ask({ place: RBD }))
    expect(info.disk_xml).toBe(
      [
        "<disk type='network' device='disk'>",
        "  <driver name='qemu' type='raw' cache='writeback' discard='unmap'/>",
        `  <source protocol='rbd' name='vms/${VOLUME.id}'>`,
        "    <host name='10.0.0.1' port='6789'/>",
        "    <host name='2001:db8::2'/>",
        "    <host name='mon3.example.com' port='3300'/>",
        "    <auth username='holdfast'>",
        "      <secret type='ceph' uuid='9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11'/>",
        '    </auth>',
        '  </source>',
        "  <target dev='vda' bus='virtio'/>",
        `  <serial>${info.serial}</serial>`,
        '</disk>',
      ].join('\n'),
    )
    expect(info).toMatchObject({
      rbd_pool: 'vms',
      rbd_namespace: null,
      rbd_image: VOLUME.id,
      monitors: ['10.0.0.1:6789', '[2001:db8::2]', 'mon3.example.com:3300'],
      secret_uuid: RBD.secretUuid,
      secret_usage: null,
      device_path: null,
    })
  })

  it('is found by the usage name of the secret where nobody has set a UUID', () => {
    const info = attachInfo(ask({ place: { ...RBD, secretUuid: null } }))
    expect(info.disk_xml).toContain("<secret type='ceph' usage='holdfast bkd_1'/>")
    expect(info).toMatchObject({ secret_uuid: null, secret_usage: 'holdfast bkd_1' })
    expect(info.notes.join()).toContain('"holdfast bkd_1"')
  })

  it('needs nothing by hand where the agent has made the secret, and says why where it could not', () => {
    const place = { ...RBD, secretUuid: null }
    const uuid = '4a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
    const made = attachInfo(ask({ place, secret: { usage: 'holdfast bkd_1', uuid, error: null } }))
    expect(made).toMatchObject({ secret_uuid: uuid, secret_usage: 'holdfast bkd_1' })
    expect(made.disk_xml).toContain("usage='holdfast bkd_1'")
    expect(made.notes.filter((note) => note.includes('libvirt'))).toEqual([expect.stringContaining('without libvirt')])
    const failed = attachInfo(ask({ place, secret: { usage: 'holdfast bkd_1', uuid: null, error: 'No daemon.' } }))
    expect(failed.notes[0]).toMatch(/usage name "holdfast bkd_1".*No daemon\./)
    expect(failed.secret_uuid).toBeNull()
  })

  it('has both usual ports for QEMU where a monitor is written without one', () => {
    const { qemu_args } = attachInfo(ask({ place: RBD }))
    expect(json(qemu_args, '-object')).toEqual({
      'qom-type': 'secret',
      id: `key_${VOLUME.id}`,
      file: '/etc/ceph/ceph.client.holdfast.key',
      format: 'base64',
    })
    expect(json(qemu_args, '-blockdev').file).toEqual({
      driver: 'rbd',
      pool: 'vms',
      image: VOLUME.id,
      user: 'holdfast',
      server: [
        { host: '10.0.0.1', port: '6789' },
        { host: '2001:db8::2', port: '3300' },
        { host: '2001:db8::2', port: '6789' },
        { host: 'mon3.example.com', port: '3300' },
      ],
      'auth-client-required': ['cephx'],
      'key-secret': `key_${VOLUME.id}`,
    })
  })

  it('in a namespace is a network disk where libvirt and QEMU know namespaces', () => {
    const info = attachInfo(ask({ place: { ...RBD, namespace: 'tenant' } }))
    expect(info.disk_xml).toContain(`<source protocol='rbd' name='vms/tenant/${VOLUME.id}'>`)
    expect(json(info.qemu_args, '-blockdev').file).toMatchObject({ pool: 'vms', namespace: 'tenant' })
    expect(info.rbd_namespace).toBe('tenant')
  })

  it.each([
    ['an older libvirt', { libvirt: '11.5.0', qemu: '10.0.2' }, 'libvirt 11.5.0'],
    ['a libvirt that only sorts later as text', { libvirt: '9.0.0', qemu: '10.0.2' }, 'libvirt 9.0.0'],
    ['an older QEMU', { libvirt: '11.6.0', qemu: '4.2.1' }, 'QEMU 4.2.1'],
    ['no known libvirt', { libvirt: null, qemu: '10.0.2' }, 'no known libvirt'],
  ])(
    'in a namespace goes through the kernel with %s, and says from which version on it need not',
    (_name, host, said) => {
      const info = attachInfo(ask({ place: { ...RBD, namespace: 'tenant' }, host }))
      expect(info).toMatchObject({
        type: 'block',
        device_path: `/dev/rbd/vms/tenant/${VOLUME.id}`,
        rbd_pool: 'vms',
        rbd_namespace: 'tenant',
        secret_uuid: null,
      })
      expect(info.disk_xml).toContain("<disk type='block'")
      expect(info.qemu_args.join(' ')).not.toContain('key')
      expect(info.notes.join(' ')).toContain(said)
      expect(info.notes.join(' ')).toContain('11.6.0')
    },
  )
})

describe('access modes', () => {
  it('readers cannot write, and tell the storage of nothing that is free', () => {
    const info = attachInfo(ask({ volume: { ...VOLUME, accessMode: 'ROX' } }))
    expect(info.read_only).toBe(true)
    expect(info.disk_xml).toContain('<readonly/>')
    expect(info.disk_xml).not.toContain('discard')
    expect(json(info.qemu_args, '-blockdev')).toMatchObject({ 'read-only': true, discard: 'ignore' })
  })

  it('many writers share it past the caches of their hosts', () => {
    const info = attachInfo(ask({ volume: { ...VOLUME, accessMode: 'RWX' } }))
    expect(info.cache).toBe('none')
    expect(info.disk_xml).toContain('<shareable/>')
    expect(info.qemu_args.at(-1)).toContain(',share-rw=on')
  })

  it.each([
    ['a qcow2 image with many writers', { volume: { ...VOLUME, format: 'qcow2', accessMode: 'RWX' } as const }],
    [
      'a cache between many writers',
      { volume: { ...VOLUME, accessMode: 'RWX' } as const, wish: { cache: 'writeback' } as const },
    ],
  ])('refuses %s', (_name, change) => {
    expect(() => attachInfo(ask(change))).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })
})

describe('the place in the machine', () => {
  it.each([
    ['virtio', [], 'vda'],
    ['virtio', ['vda', 'vdc'], 'vdb'],
    ['scsi', ['vda', 'sda'], 'sdb'],
    ['sata', [], 'sda'],
    ['virtio', [...'abcdefghijklmnopqrstuvwxyz'].map((letter) => `vd${letter}`), 'vdaa'],
  ] as const)('on %s beside %j is %s', (bus, takenTargets, target) => {
    expect(attachInfo(ask({ wish: { bus, takenTargets } }))).toMatchObject({ target, bus })
  })

  it.each([
    [{ target: 'vda', takenTargets: ['vda'] }, 'conflict'],
    [{ target: 'sda' }, 'invalid_input'],
    [{ target: "vda'/>" }, 'invalid_input'],
  ])('%j is refused: %s', (wish, code) => {
    expect(() => attachInfo(ask({ wish }))).toThrow(expect.objectContaining({ code }))
  })

  it('has a controller of its own on the bus scsi', () => {
    expect(attachInfo(ask({ wish: { bus: 'scsi', target: 'sdc' } })).qemu_args.slice(-4)).toEqual([
      '-device',
      'virtio-scsi-pci,id=scsi_sdc',
      '-device',
      expect.stringMatching(/^scsi-hd,bus=scsi_sdc\.0,drive=/),
    ])
  })

  it('has a serial number that a virtio disk has room for, of its own for each volume', () => {
    const ids = ['vol_01kb7z3n9q0000000000000abc', 'vol_01kb7z3n9q0000000000000abd']
    const serials = ids.map((id) => attachInfo(ask({ volume: { ...VOLUME, id } })).serial)
    expect(new Set(serials).size).toBe(2)
    for (const serial of serials) expect(serial).toMatch(/^[0-9a-z]{20}$/)
  })
})
