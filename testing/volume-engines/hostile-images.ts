import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where crafted images would like to lead. */
export interface Bait {
  /** A file of the host, outside of the pool. */
  canary: string
  /** Listens on the loopback, and counts who comes. */
  port: number
}

/**
 * One image that somebody hostile has put into a pool. `expected`: the problem it is refused with; `accepted`: it leads nowhere;
 * `either`: whether it can be read is up to QEMU.
 */
export interface HostileImage {
  name: string
  expected: string
  write(path: string, bait: Bait): void
}

const BACKING_AT = 512
const SIZE = 4 * 1024 ** 2

interface Header {
  backing?: string
  backingFormat?: string
  dataFile?: string
  features?: bigint
  version?: number
  patch?: (view: DataView) => void
}

const templates = new Map<string, Buffer>()

/** What `qemu-img` makes of these arguments, made once. */
function template(...args: string[]): Buffer {
  const key = args.join(' ')
  const known = templates.get(key)
  if (known !== undefined) return Buffer.from(known)
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-template-'))
  try {
    execFileSync('qemu-img', ['create', '-q', '-f', ...args, join(directory, 'image'), String(SIZE)])
    const bytes = readFileSync(join(directory, 'image'))
    templates.set(key, bytes)
    return Buffer.from(bytes)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** A real image with another header. */
function qcow2(path: string, { backing, backingFormat, dataFile, features = 0n, version, patch }: Header): void {
  const bytes = template('qcow2')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  bytes.fill(0, 112, 4096)
  let at = 112
  const extension = (kind: number, text: string) => {
    view.setUint32(at, kind)
    view.setUint32(at + 4, text.length)
    bytes.write(text, at + 8, 'latin1')
    at += 8 + Math.ceil(text.length / 8) * 8
  }
  if (backingFormat !== undefined) extension(0xe2792aca, backingFormat)
  if (dataFile !== undefined) extension(0x44415441, dataFile)
  if (backing !== undefined) {
    view.setBigUint64(8, BigInt(BACKING_AT))
    view.setUint32(16, Buffer.byteLength(backing))
    bytes.write(backing, BACKING_AT)
  }
  if (features !== 0n) view.setBigUint64(72, features)
  if (version !== undefined) view.setUint32(4, version)
  patch?.(view)
  writeFileSync(path, bytes)
}

/** Names of backing files that would show something of the host, of the network or of another volume. */
export function foreignNames({ canary, port }: Bait): Record<string, string> {
  const json = (node: unknown) => `json:${JSON.stringify(node)}`
  const foreign = (node: unknown) => ({ driver: 'raw', file: json(node) })
  return {
    absolute: canary,
    above: '../outside/canary',
    shadow: '/etc/shadow',
    environment: '/proc/self/environ',
    device: '/dev/vda',
    'host device': 'host_device:/dev/vda',
    file: `file:${canary}`,
    json: json({ driver: 'raw', file: { driver: 'file', filename: canary } }),
    'json nbd': json({ driver: 'nbd', host: '127.0.0.1', port: String(port) }),
    'json nested': json({ driver: 'qcow2', file: { driver: 'file', filename: canary }, backing: canary }),
    nbd: `nbd://127.0.0.1:${port}/x`,
    http: `http://127.0.0.1:${port}/x`,
    ssh: `ssh://127.0.0.1:${port}/x`,
    fat: 'fat:/etc',
    'fat for writing': 'fat:rw:/tmp',
    'other volume': 'vol_00000000000000000000000000/disk.qcow2',
    'looks like ours': '../vol_00000000000000000000000000/../../outside/canary',
    long: `/${'x'.repeat(1022)}`,
    'its own descriptor': '/proc/self/fd/3',
    'what the shell wrote': 'fd:3',
    'of a memory': '/proc/self/mem',
    iscsi: `iscsi://127.0.0.1:${port}/iqn.2026-01.example:x/0`,
    ftp: `ftp://127.0.0.1:${port}/x`,
    nfs: `nfs://127.0.0.1/etc?nfsport=${port}`,
    rbd: 'rbd:pool/image:conf=/etc/shadow',
    gluster: `gluster://127.0.0.1:${port}/volume/x`,
    blkdebug: `blkdebug:/etc/passwd:${canary}`,
    blkverify: `blkverify:${canary}:/etc/shadow`,
    'json in json': json({ driver: 'raw', file: foreign({ driver: 'file', filename: canary }) }),
    'json with dots': `json:{"file.filename":"${canary}","driver":"raw"}`,
    'with NUL': `snp_00000000000000000000000000.qcow2\0/../${canary}`,
  }
}

function backings(bait: Bait): HostileImage[] {
  return Object.entries(foreignNames(bait)).flatMap(([what, backing]) =>
    ['raw', 'qcow2', undefined].map((backingFormat) => ({
      name: `backing ${what} as ${backingFormat ?? 'anything'}.qcow2`,
      expected: 'image.backing',
      write: (path: string) => qcow2(path, { backing, ...(backingFormat === undefined ? {} : { backingFormat }) }),
    })),
  )
}

const header = (name: string, expected: string, shape: Header): HostileImage => ({
  name: `${name}.qcow2`,
  expected,
  write: (path) => qcow2(path, shape),
})

function headers(bait: Bait): HostileImage[] {
  const { canary } = bait
  return [
    header('data file by name and bit', 'image.data_file', { dataFile: canary, features: 4n }),
    header('data file by bit', 'image.data_file', { features: 4n }),
    ...Object.entries(foreignNames(bait)).map(([what, dataFile]) =>
      header(`data file ${what}`, 'image.data_file', { dataFile, features: 4n }),
    ),
    header('data file and extended L2', 'image.data_file', { dataFile: canary, features: 4n | 16n }),
    header('extended L2 with a backing file', 'image.backing', {
      features: 16n,
      backing: canary,
      backingFormat: 'raw',
    }),
    header('extended L2 by bit alone', 'either', { features: 16n }),
    header('another compression by bit alone', 'either', { features: 8n }),
    header('unknown compression', 'refused', { features: 8n, patch: (view) => view.setUint8(104, 77) }),
    header('dirty', 'either', { features: 1n }),
    header('encrypted with a backing file', 'image.encrypted', {
      backing: canary,
      patch: (view) => view.setUint32(32, 2),
    }),
    header('encrypted with a data file', 'image.data_file', {
      dataFile: canary,
      features: 4n,
      patch: (view) => view.setUint32(32, 2),
    }),
    header('data file by name', 'image.data_file', { dataFile: '/etc/shadow' }),
    header('data file of another protocol', 'image.data_file', { dataFile: 'nbd://127.0.0.1/x', features: 4n }),
    header('version 2 with a backing file', 'image.backing', { version: 2, backing: canary }),
    header('encrypted as of old', 'image.encrypted', { patch: (view) => view.setUint32(32, 1) }),
    header('encrypted with LUKS', 'image.encrypted', { patch: (view) => view.setUint32(32, 2) }),
    header('marked corrupt', 'image.broken', { features: 2n }),
    header('unknown features', 'image.unsupported', { features: 1n << 40n }),
    header('absurd size', 'image.too_large', { patch: (view) => view.setBigUint64(24, 1n << 52n) }),
    header('size beyond numbers', 'image.broken', { patch: (view) => view.setBigUint64(24, 1n << 63n) }),
    header('no size', 'image.too_large', { patch: (view) => view.setBigUint64(24, 0n) }),
    header('absurd clusters', 'image.broken', { patch: (view) => view.setUint32(20, 30) }),
    header('tiny clusters', 'image.broken', { patch: (view) => view.setUint32(20, 1) }),
    header('absurd table', 'image.broken', { patch: (view) => view.setUint32(36, 0xffffffff) }),
    // It reads as zeros.
    header('table elsewhere', 'accepted', { patch: (view) => view.setBigUint64(40, 1n << 60n) }),
    header('absurd refcounts', 'image.broken', { patch: (view) => view.setUint32(96, 60) }),
    header('absurd header', 'image.broken', { patch: (view) => view.setUint32(100, 0x7fffffff) }),
    header('snapshots without end', 'image.broken', { patch: (view) => view.setUint32(60, 0xffffffff) }),
    header('extension longer than the file', 'image.broken', {
      patch: (view) => {
        view.setUint32(112, 0xe2792aca)
        view.setUint32(116, 0xffffff00)
      },
    }),
    header('backing name far away', 'image.broken', {
      patch: (view) => {
        view.setBigUint64(8, 1n << 40n)
        view.setUint32(16, 10)
      },
    }),
    header('backing name of nothing', 'image.backing', { patch: (view) => view.setBigUint64(8, 512n) }),
    header('version 9', 'image.broken', { version: 9 }),
  ]
}

const text = (name: string, expected: string, content: (bait: Bait) => string | Uint8Array): HostileImage => ({
  name,
  expected,
  write: (path, bait) => writeFileSync(path, content(bait)),
})

function descriptor(extent: string, more = ''): string {
  const lines = [
    '# Disk DescriptorFile',
    'version=1',
    'CID=fffffffe',
    'parentCID=ffffffff',
    'createType="monolithicFlat"',
  ]
  return [...lines, more, '# Extent description', extent, ''].join('\n')
}

/** A sparse vmdk whose descriptor says something else. */
function embedded(path: string, change: (text: string) => string): void {
  const bytes = template('vmdk')
  const at = bytes.indexOf('# Disk DescriptorFile')
  const end = bytes.indexOf(0, at)
  const changed = Buffer.alloc(20 * 512)
  changed.write(change(bytes.toString('latin1', at, end)), 'latin1')
  changed.copy(bytes, at)
  writeFileSync(path, bytes)
}

// QEMU does not even find their parts in confinement.
const VMDKS: HostileImage[] = [
  text('flat.vmdk', 'refused', ({ canary }) => descriptor(`RW 128 FLAT "${canary}" 0`)),
  text('flat above.vmdk', 'refused', () => descriptor('RW 128 FLAT "../outside/canary" 0')),
  text('flat as an image.img', 'refused', ({ canary }) => descriptor(`RW 128 FLAT "${canary}" 0`)),
  text('after comments.img', 'refused', ({ canary }) => `\n# hello\n${descriptor(`RW 128 FLAT "${canary}" 0`)}`),
  text('extent of a protocol.vmdk', 'refused', ({ port }) => descriptor(`RW 128 FLAT "nbd://127.0.0.1:${port}/x" 0`)),
  ...['VMFS', 'VMFSSPARSE', 'VMFSRDM', 'SPARSE', 'SESPARSE', 'ZERO'].flatMap((kind) => [
    text(`extent ${kind}.vmdk`, 'refused', ({ canary }) => descriptor(`RW 128 ${kind} "${canary}"`)),
    text(`extent ${kind} of json.vmdk`, 'refused', ({ canary }) =>
      descriptor(`RW 128 ${kind} "json:{'driver':'file','filename':'${canary}'}"`),
    ),
  ]),
  text('parent.vmdk', 'refused', ({ canary }) =>
    descriptor('RW 128 SPARSE "x.vmdk"', `parentFileNameHint="${canary}"`),
  ),
  {
    name: 'embedded parent.vmdk',
    expected: 'image.backing',
    write: (path, { canary }) =>
      embedded(
        path,
        (old) => `${old.replace('parentCID=ffffffff', 'parentCID=12345678')}\nparentFileNameHint="${canary}"\n`,
      ),
  },
  {
    name: 'embedded extents.vmdk',
    expected: 'refused',
    write: (path, { canary }) => {
      embedded(path, (old) =>
        old.replace(/RW .*/, `RW 128 FLAT "${canary}" 0`).replace('monolithicSparse', 'monolithicFlat'),
      )
      const bytes = readFileSync(path)
      // No capacity: QEMU goes by the descriptor alone.
      bytes.writeBigUInt64LE(0n, 12)
      writeFileSync(path, bytes)
    },
  },
  {
    name: 'in parts.vmdk',
    expected: 'image.extents',
    write: (path) =>
      void execFileSync('qemu-img', [
        'create',
        '-q',
        '-f',
        'vmdk',
        '-o',
        'subformat=twoGbMaxExtentSparse',
        path,
        String(SIZE),
      ]),
  },
]

const made = (name: string, format: string, expected: string, patch: (bytes: Buffer) => Buffer): HostileImage => ({
  name,
  expected,
  write: (path) => {
    writeFileSync(path, patch(template(...format.split(' '))))
  },
})

const OTHERS: HostileImage[] = [
  ...[10, 71, 103, 512, 65_536, 131_072].map((length) =>
    made(`cut off at ${length}.qcow2`, 'qcow2', length < 104 ? 'refused' : 'either', (bytes) =>
      bytes.subarray(0, length),
    ),
  ),
  made('extended L2.qcow2', 'qcow2 -o extended_l2=on', 'accepted', (bytes) => bytes),
  made('another compression.qcow2', 'qcow2 -o compression_type=zstd', 'accepted', (bytes) => bytes),
  ...['vmdk', 'vdi', 'vhdx', 'vpc'].flatMap((format) =>
    [1, 2, 3, 5].map((part) =>
      made(`a part of ${part + 1}.${format}`, format, 'either', (bytes) =>
        bytes.subarray(0, Math.floor(bytes.length / (part + 1))),
      ),
    ),
  ),
  text('nested.raw', 'accepted', ({ canary }) => {
    const inner = template('qcow2')
    inner.writeBigUInt64BE(512n, 8)
    inner.writeUInt32BE(canary.length, 16)
    inner.write(canary, 512)
    // Not at its beginning, so it is what it says: a disk with an image in it.
    return Buffer.concat([Buffer.alloc(512), inner])
  }),
  made('cut off.vdi', 'vdi', 'refused', (bytes) => bytes.subarray(0, 200)),
  made('absurd.vdi', 'vdi', 'refused', (bytes) => {
    bytes.writeBigUInt64LE(1n << 62n, 0x170)
    return bytes
  }),
  made('differencing.vdi', 'vdi', 'either', (bytes) => {
    bytes.writeUInt32LE(4, 0x4c)
    return bytes
  }),
  made('cut off.vhdx', 'vhdx', 'refused', (bytes) => bytes.subarray(0, 70_000)),
  made('differencing.vpc', 'vpc', 'refused', (bytes) => {
    for (const at of [60, bytes.length - 512 + 60]) bytes.writeUInt32BE(4, at)
    return bytes
  }),
  made('old.qcow', 'qcow', 'image.unsupported', (bytes) => bytes),
  made('other.qed', 'qed', 'image.unsupported', (bytes) => bytes),
  made('other.parallels', 'parallels', 'image.unsupported', (bytes) => bytes),
  text('luks.img', 'image.encrypted', () => Buffer.concat([Buffer.from('LUKS\xba\xbe', 'latin1'), Buffer.alloc(4096)])),
  text('bochs.img', 'image.unsupported', () =>
    Buffer.concat([Buffer.from('Bochs Virtual HD Image'), Buffer.alloc(4096)]),
  ),
  text('cloop.img', 'image.unsupported', () => '#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0\n'),
  text('dmg.img', 'image.unsupported', () =>
    Buffer.concat([Buffer.alloc(4096), Buffer.from('koly'), Buffer.alloc(508)]),
  ),
  text('nothing.raw', 'image.broken', () => ''),
  text('no name for it.bin', 'image.unknown_format', () => Buffer.alloc(4096)),
  text('words.txt', 'image.unknown_format', () => 'hello'),
  { name: 'link.raw', expected: 'image.not_a_file', write: (path, { canary }) => symlinkSync(canary, path) },
  { name: 'link to shadow.img', expected: 'image.not_a_file', write: (path) => symlinkSync('/etc/shadow', path) },
  { name: 'link.qcow2', expected: 'image.not_a_file', write: (path) => symlinkSync('../outside/canary', path) },
  { name: 'directory.raw', expected: 'image.not_a_file', write: (path) => void mkdirSync(path) },
  { name: 'pipe.raw', expected: 'image.not_a_file', write: (path) => void execFileSync('mkfifo', [path]) },
  {
    name: 'qcow2 with a raw name.raw',
    expected: 'image.backing',
    write: (path, { canary }) => qcow2(path, { backing: canary, backingFormat: 'raw' }),
  },
  ...['-o.raw', 'json:{}.raw', 'a:b.raw', 'nbd:unix:x.raw', 'a,b=c.raw', 'two\nlines.raw'].map((name) =>
    text(name, 'accepted', () => Buffer.alloc(4096, 'x')),
  ),
  ...['qcow2', 'vmdk', 'vdi', 'vhdx', 'vpc'].map((format) =>
    made(`good.${format}`, format, 'accepted', (bytes) => bytes),
  ),
]

export function hostileImages(bait: Bait): HostileImage[] {
  return [...backings(bait), ...headers(bait), ...VMDKS, ...OTHERS]
}

/** Puts one header in place of what an image of ours has. */
export function tamper(path: string, shape: Header): void {
  rmSync(path, { force: true })
  qcow2(path, shape)
}
