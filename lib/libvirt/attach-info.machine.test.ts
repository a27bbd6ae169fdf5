import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AttachAsk, attachInfo } from '@/lib/libvirt/attach-info'
import { BUSES, CACHE_MODES } from '@/lib/libvirt/disk'

const ID = 'vol_01kb7z3n9q0000000000000abc'
const PLACES: AttachAsk['place'][] = [
  { kind: 'directory', path: '/mnt/holdfast/fast' },
  { kind: 'directory', path: `/mnt/it's "odd" & <wide>` },
  { kind: 'volume-group', group: 'vg+san_1.a-b' },
  ...['', 'tenant'].flatMap((namespace) =>
    ['9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11', null].map((secretUuid) => ({
      kind: 'rbd' as const,
      pool: 'vms',
      namespace,
      user: 'holdfast',
      monitors: [
        { address: '10.0.0.1', port: 6789 },
        { address: '2001:db8::2', port: null },
      ],
      secretUuid,
    })),
  ),
]
const HOSTS = [
  { libvirt: '11.6.0', qemu: '10.0.2' },
  { libvirt: '9.0.0', qemu: '7.2.0' },
]
const MODES = [
  { format: 'raw', accessMode: 'RWO' },
  { format: 'qcow2', accessMode: 'ROX' },
  { format: 'raw', accessMode: 'RWX' },
] as const

function domain(disks: readonly string[]): string {
  return `<domain type='qemu'><name>test</name><memory>1024</memory><os><type>hvm</type></os><devices>${disks.join('')}</devices></domain>`
}

let directory: string
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'attach-info-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function validate(xml: string): { status: number | null; said: string } {
  const file = path.join(directory, 'domain.xml')
  writeFileSync(file, xml)
  const { status, stdout, stderr } = spawnSync('virt-xml-validate', [file, 'domain'], { encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

describe('libvirt', () => {
  it.each(PLACES)('takes every disk at %j for valid', (place) => {
    const disks = HOSTS.flatMap((host) =>
      MODES.flatMap((mode) =>
        BUSES.flatMap((bus) =>
          CACHE_MODES.filter((cache) => mode.accessMode !== 'RWX' || cache === 'none').map(
            (cache) =>
              attachInfo({ place, backendId: 'bkd_1', volume: { id: ID, ...mode }, host, wish: { bus, cache } })
                .disk_xml,
          ),
        ),
      ),
    )
    expect(disks.length).toBe(66)
    expect(validate(domain(disks))).toMatchObject({ status: 0 })
  })

  it('would refuse what is none of its words', () => {
    const [place = PLACES[0]] = PLACES
    if (place === undefined) throw new Error('no place')
    const { disk_xml } = attachInfo({
      place,
      backendId: 'bkd_1',
      volume: { id: ID, ...MODES[0] },
      host: { libvirt: null, qemu: null },
    })
    expect(validate(domain([disk_xml.replace("cache='writeback'", "cache='sometimes'")])).status).not.toBe(0)
  })
})

describe('QEMU', () => {
  /** Opens the disk with the block layer of QEMU and without a machine; `json:` takes what `-blockdev` takes. */
  function open(args: readonly string[]): { status: number | null; said: string } {
    const image = `json:${args[args.indexOf('-blockdev') + 1] ?? ''}`
    const { status, stdout, stderr } = spawnSync('qemu-io', ['-c', 'write -P 7 4096 512', image], { encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }

  it.each(['raw', 'qcow2'] as const)('opens a %s image as it is told to, and writes', (format) => {
    const place = { kind: 'directory', path: path.join(directory, `it's, "odd"`) } as const
    mkdirSync(path.join(place.path, ID), { recursive: true })
    const info = attachInfo({
      place,
      backendId: 'bkd_1',
      volume: { id: ID, format, accessMode: 'RWO' },
      host: { libvirt: null, qemu: null },
    })
    execFileSync('qemu-img', ['create', '-q', '-f', format, '--', info.file_path ?? '', '16M'])
    expect(open(info.qemu_args)).toMatchObject({ status: 0 })
  })

  it('does not write to what is for readers', () => {
    const place = { kind: 'directory', path: path.join(directory, 'readers') } as const
    mkdirSync(path.join(place.path, ID), { recursive: true })
    const info = attachInfo({
      place,
      backendId: 'bkd_1',
      volume: { id: ID, format: 'qcow2', accessMode: 'ROX' },
      host: { libvirt: null, qemu: null },
    })
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '--', info.file_path ?? '', '16M'])
    expect(open(info.qemu_args)).toMatchObject({ status: 1, said: expect.stringMatching(/read.?only|Permission/i) })
  })
})
