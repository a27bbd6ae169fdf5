import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { block, failureOf, Workbench } from '@/testing/volume-engines/engine-case'
import { openImageRig } from '@/testing/volume-engines/image-rig'

const given = {
  what: 'templates',
  engine: imageFilesEngine,
  descriptor: imageFiles,
  settings: { default_format: 'qcow2', templates_path: 'images/ready' } as const,
  volume: { sizeBytes: 4 * 1024 ** 2, format: 'qcow2', provisioning: 'thin' } as const,
  openRig: openImageRig,
}
let bench: Workbench<{ kind: 'directory'; path: string }, { default_format: 'qcow2' | 'raw'; templates_path: string }>
let folder: string

beforeEach(async () => {
  bench = new Workbench(given, await openImageRig())
  folder = join(bench.rig.place.path, 'images/ready')
  await bench.open()
})
afterEach(() => bench.rig.close())

/** As ISO 9660 begins, with a block of one letter in front. */
function disc(letter: string): Buffer {
  const bytes = Buffer.alloc(65_536)
  bytes.set(block(letter), 0)
  bytes.write('CD001', 0x8001, 'latin1')
  return bytes
}

const templates = async () => (await bench.look()).templates
const formats = async () => (await templates())?.items.map(({ name, format }) => [name, format])

test('the files of the folder are told by what is in them; nothing deeper, no link, nothing that is hidden', async () => {
  expect(await templates()).toEqual({ count: 0, items: [] })
  mkdirSync(join(folder, 'deeper'), { recursive: true })
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'debian.qcow2'), '3G'])
  writeFileSync(join(folder, 'debian'), disc('D'))
  writeFileSync(join(folder, 'disk.img'), Buffer.alloc(8192))
  writeFileSync(join(folder, 'notes.txt'), 'no image')
  writeFileSync(join(folder, '.debian.qcow2.part'), 'half of it')
  writeFileSync(join(folder, 'deeper/disk.img'), 'x')
  symlinkSync('/etc/passwd', join(folder, 'link.img'))
  expect(await templates()).toMatchObject({
    count: 4,
    items: [
      { name: 'debian', format: 'iso', bytes: 65_536, virtualBytes: 65_536 },
      { name: 'debian.qcow2', format: 'qcow2', virtualBytes: 3 * 1024 ** 3 },
      { name: 'disk.img', format: 'raw', virtualBytes: 8192 },
      { name: 'notes.txt', format: null, virtualBytes: null },
    ],
  })
  const alone = await bench.engine.look(bench.pool, false, bench.rig.context())
  expect(alone.templates).toBeNull()
})

test('a file is looked into again only when its size or its time is another', async () => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'debian')
  writeFileSync(file, disc('D'))
  expect(await formats()).toEqual([['debian', 'iso']])
  const { atime, mtime } = statSync(file)
  writeFileSync(file, Buffer.alloc(65_536))
  utimesSync(file, atime, mtime)
  expect(await formats()).toEqual([['debian', 'iso']])
  utimesSync(file, atime, new Date(mtime.getTime() + 2000))
  expect(await formats()).toEqual([['debian', null]])
})

test('a volume gets the content of a template, which is looked into first and stays as it is', async () => {
  mkdirSync(folder, { recursive: true })
  const content = disc('D')
  writeFileSync(join(folder, 'debian.iso'), content)
  await bench.copy('a', { foreign: 'images/ready/debian.iso' })
  expect(await bench.letters('a', 1)).toBe('D')
  const qcow2 = join(folder, 'debian.qcow2')
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', join(folder, 'debian.iso'), qcow2])
  await bench.copy('b', { foreign: 'images/ready/debian.qcow2' })
  expect(await bench.letters('b', 1)).toBe('D')
  const overlay = [
    'create',
    '-q',
    '-u',
    '-f',
    'qcow2',
    '-F',
    'raw',
    '-b',
    '/etc/passwd',
    join(folder, 'bad.qcow2'),
    '1M',
  ]
  execFileSync('qemu-img', overlay)
  const refused = await failureOf(bench.copy('c', { foreign: 'images/ready/bad.qcow2' }))
  expect(refused instanceof ProblemError && refused.problem).toBe('image.backing')
  for (const name of ['none.qcow2', 'link.img']) {
    if (name === 'link.img') symlinkSync('/etc/passwd', join(folder, name))
    expect((await failureOf(bench.copy('c', { foreign: `images/ready/${name}` }))).code).toBe('not_found')
  }
  expect((await failureOf(bench.adopt('c', 'images/ready/debian.iso'))).code).toBe('not_found')
})

test('a folder that is a link leads nowhere', async () => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'debian.iso'), disc('D'))
  renameSync(folder, `${folder}-elsewhere`)
  symlinkSync(`${folder}-elsewhere`, folder)
  expect(await templates()).toEqual({ count: 0, items: [] })
  const refused = await failureOf(bench.copy('a', { foreign: 'images/ready/debian.iso' }))
  expect(refused.code).toBe('not_found')
  rmSync(folder)
  renameSync(`${folder}-elsewhere`, folder)
  expect((await templates())?.count).toBe(1)
})

test('the folder is not foreign, and what lies beside it is', async () => {
  const { path } = bench.rig.place
  mkdirSync(join(path, 'templates'))
  writeFileSync(join(path, 'other.img'), 'x')
  const pool = { ...bench.pool, settings: { ...given.settings, templates_path: 'templates' } }
  const { foreign } = await bench.engine.look(pool, true, bench.rig.context())
  expect(foreign.map(({ name }) => name)).toEqual(['other.img'])
})
