import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeInfo } from './foreign'
import { imageKind } from './image-kind'
import { parseInfo } from './info'
import { backingName, layerNamed } from './layout'
import { readQcow2Header } from './qcow2-header'
import { parseProgress } from './qemu-img'

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const headerOf = (name: string) => readQcow2Header(Buffer.from(fixture(`header-${name}.qemu-7.2.base64`), 'base64'))

describe('the header of a qcow2 image', () => {
  const plain = { backing: null, backingFormat: null, hasDataFile: false, isEncrypted: false, isCorrupt: false }

  it.each([
    ['b', { ...plain, version: 3, sizeBytes: 10 * 1024 ** 3, backing: 'a.qcow2', backingFormat: 'qcow2' }],
    ['df', { ...plain, version: 3, sizeBytes: 4 * 1024 ** 2, hasDataFile: true }],
    ['enc', { ...plain, version: 3, sizeBytes: 4 * 1024 ** 2, isEncrypted: true }],
    ['old', { ...plain, version: 2, sizeBytes: 4 * 1024 ** 2 }],
  ])('%s, as qemu-img wrote it', (name, expected) => {
    expect(headerOf(name)).toMatchObject({ ...expected, hasUnknownFeatures: false, internalSnapshots: 0 })
  })

  it('says what is wrong, and never throws', () => {
    expect(readQcow2Header(new Uint8Array(10))).toBe('it is not a qcow2 image')
    const real = Buffer.from(fixture('header-b.qemu-7.2.base64'), 'base64')
    for (let length = 0; length < real.length; length += 7) {
      expect(() => readQcow2Header(real.subarray(0, length))).not.toThrow()
    }
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { maxLength: 12 }), (changes) => {
        const bytes = new Uint8Array(real)
        for (const [at, value] of changes) if (at >= 4) bytes[at] = value
        const header = readQcow2Header(bytes)
        expect(['string', 'object']).toContain(typeof header)
      }),
    )
  })

  it('tells how large the file of an image is in which nothing was written', () => {
    const header = headerOf('b')
    // Header, table and block of reference counts, table of level 1.
    expect(header).toMatchObject({ emptyBytes: 4 * 65_536 })
  })
})

describe('what qemu-img says of an image', () => {
  const judged = (name: string, location: string, format: string) =>
    judgeInfo('image', location, format, parseInfo(fixture(`info-${name}.qemu-7.2.json`)))

  it('gives the size of one that needs nothing else', () => {
    expect(judged('monolithicSparse', 'x.vmdk', 'vmdk')).toBe(8 * 1024 ** 2)
    expect(judged('vdi', 'x.vdi', 'vdi')).toBe(8 * 1024 ** 2)
  })

  it.each([
    ['twoGb', 'y.vmdk', 'vmdk', 'image.extents'],
    ['monolithicSparse', 'other.vmdk', 'vmdk', 'image.extents'],
    ['backing', 'b.qcow2', 'qcow2', 'image.backing'],
    ['data-file', 'df.qcow2', 'qcow2', 'image.data_file'],
    ['encrypted', 'enc.qcow2', 'qcow2', 'image.encrypted'],
    ['vdi', 'x.vdi', 'qcow2', 'image.broken'],
  ])('%s at %s as %s is refused', (name, location, format, problem) => {
    expect(() => judged(name, location, format)).toThrow(expect.objectContaining({ problem }))
  })

  it('is not guessed when it is something else', () => {
    for (const text of ['', 'null', '[]', '{"format":"raw"}']) {
      expect(() => parseInfo(text)).toThrow(expect.objectContaining({ problem: 'output.unreadable' }))
    }
  })
})

describe('how far it is', () => {
  it.each([
    ['    (12.50/100%)', 125],
    ['    (0.00/100%)', 0],
    ['    (100.00/100%)', 1000],
  ])('%s', (line, done) => {
    expect(parseProgress(line, 1000)).toEqual({ done, total: 1000, unit: 'bytes' })
  })

  it('is not told by other lines', () => {
    expect(parseProgress('qemu-img: error while writing', 1000)).toBeNull()
  })
})

describe('names of layers', () => {
  const id = '0'.repeat(26)
  it.each([`snp_${id}.qcow2`, `layer_${id}.qcow2`])('%s is of the same volume', (file) => {
    expect(layerNamed(file, 'vol_a')).toEqual({ volumeId: 'vol_a', file })
    expect(backingName('vol_a', { volumeId: 'vol_a', file })).toBe(file)
    expect(layerNamed(`../vol_${id}/${file}`, 'vol_a')).toEqual({ volumeId: `vol_${id}`, file })
    expect(backingName('vol_a', { volumeId: `vol_${id}`, file })).toBe(`../vol_${id}/${file}`)
  })

  it.each([
    'disk.qcow2',
    `/snp_${id}.qcow2`,
    `./snp_${id}.qcow2`,
    `../../snp_${id}.qcow2`,
    `../vol_${id}/../snp_${id}.qcow2`,
    `../vol_${id}/disk.qcow2`,
    `file:snp_${id}.qcow2`,
    `snp_${id}.qcow2\n`,
    `json:{"x":"snp_${id}.qcow2"}`,
    '',
  ])('%j is none of ours', (backing) => {
    expect(layerNamed(backing, `vol_${id}`)).toBeNull()
  })
})

describe('what a file is', () => {
  const none = new Uint8Array(512)
  it.each([
    ['QFI\xfb\0\0\0\x03', 'qcow2'],
    ['QFI\xfb\0\0\0\x01', 'qcow'],
    ['KDMV', 'vmdk'],
    ['\n# a comment\n# disk descriptorFile\n', 'vmdk'],
    ['LUKS\xba\xbe', 'luks'],
    ['anything', null],
    ['', null],
  ])('that begins with %j', (text, format) => {
    expect(imageKind(Buffer.from(text, 'latin1'), none)).toBe(format)
  })

  it('that ends with the mark of a disk image', () => {
    expect(imageKind(none, Buffer.concat([Buffer.from('conectix'), Buffer.alloc(504)]))).toBe('vpc')
  })
})
