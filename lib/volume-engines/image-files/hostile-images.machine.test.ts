import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { programCommand } from '@/agent/host/engine-host'
import { Runner } from '@/agent/host/exec/run'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { testId } from '@/testing/ids'
import { failureOf, Workbench } from '@/testing/volume-engines/engine-case'
import {
  type Bait,
  foreignNames,
  type HostileImage,
  hostileImages,
  tamper,
} from '@/testing/volume-engines/hostile-images'
import { openImageRig } from '@/testing/volume-engines/image-rig'

const CANARY = 'of the host, and of nobody else '
const base = mkdtempSync(join(tmpdir(), 'holdfast-hostile-'))
const bait: Bait = { canary: join(base, 'outside', 'canary'), port: 0 }
let visitors = 0
const listener = createServer((socket) => {
  visitors++
  socket.destroy()
})

beforeAll(async () => {
  mkdirSync(join(base, 'outside'))
  writeFileSync(bait.canary, CANARY.repeat(4096))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  bait.port = (listener.address() as AddressInfo).port
})
afterAll(() => {
  listener.close()
  rmSync(base, { recursive: true })
})

const given = {
  what: 'hostile',
  engine: imageFilesEngine,
  descriptor: imageFiles,
  settings: { default_format: 'qcow2', templates_path: 'templates' } as const,
  volume: { sizeBytes: 4 * 1024 ** 2, format: 'raw', provisioning: 'thin' } as const,
  openRig: openImageRig,
}
type Bench = Workbench<{ kind: 'directory'; path: string }, { default_format: 'qcow2' | 'raw'; templates_path: string }>
let bench: Bench
let place: string

beforeEach(async () => {
  bench = new Workbench(given, await openImageRig())
  place = bench.rig.place.path
  await bench.open()
})
afterEach(() => bench.rig.close())

const problemOf = (error: HoldfastError) => (error instanceof ProblemError ? error.problem : error.code)

/** Every byte that lies in the pool now. */
function expectNoLeak(): void {
  for (const entry of readdirSync(place, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = readFileSync(join(entry.parentPath, entry.name))
    expect(bytes.includes(CANARY), entry.name).toBe(false)
    expect(bytes.includes('root:'), entry.name).toBe(false)
  }
  const outside = createHash('sha256').update(readFileSync(bait.canary)).digest('hex')
  expect(outside).toBe(createHash('sha256').update(CANARY.repeat(4096)).digest('hex'))
  expect(visitors).toBe(0)
}

/** The same name of a backing file with another word for its format, which nothing goes by: only the first is tried in every run. */
const isRepeated = ({ name }: HostileImage) => /^backing (?!absolute).* as (qcow2|anything)/.test(name)

it('opens nothing of the host for any of many crafted images', { timeout: 600_000 }, async () => {
  const all = hostileImages(bait)
  expect(all.length).toBeGreaterThan(200)
  const images = all.filter((image) => !isRepeated(image))
  expect(images.length).toBeGreaterThan(140)
  await opensNothing(images)
})
it(
  'opens nothing of the host, whatever the format of a backing file is called',
  { tags: 'full', timeout: 600_000 },
  () => opensNothing(hostileImages(bait).filter(isRepeated)),
)

async function opensNothing(images: HostileImage[]): Promise<void> {
  for (const image of images) image.write(join(place, image.name), bait)
  // Parts of a vmdk lie beside it.
  const told = (await bench.look()).foreign.map(({ name }) => name)
  expect(told).toEqual(expect.arrayContaining(images.map(({ name }) => name)))
  const found: Record<string, string> = {}
  for (const { name } of images) {
    const source = bench.engine.source(bench.pool, { foreign: name }, bench.rig.context())
    found[name] = await source.then(
      () => 'accepted',
      (error: HoldfastError) => problemOf(error),
    )
  }
  const judged = images.filter(({ expected }) => expected !== 'either')
  const wrong = judged.filter(({ name, expected }) =>
    expected === 'refused' ? !found[name]?.startsWith('image.') : found[name] !== expected,
  )
  expect(wrong.map(({ name, expected }) => `${name}: ${found[name]} instead of ${expected}`)).toEqual([])
  for (const { name, expected } of judged) {
    if (expected !== 'accepted') expect(problemOf(await failureOf(bench.adopt('a', name))), name).toBe(found[name])
  }
  for (const [number, { name, expected }] of images.entries()) {
    if (found[name] !== 'accepted') continue
    const copied = bench.copy(`copy ${number}`, { foreign: name })
    await (expected === 'accepted' ? copied : copied.catch(() => undefined))
  }
  expectNoLeak()
}

it('shows nothing of the host to who swaps a good image for a bad one after it was judged', async () => {
  const good = hostileImages(bait).find(({ name }) => name === 'good.qcow2')
  good?.write(join(place, 'swapped.qcow2'), bait)
  writeFileSync(join(place, 'swapped.raw'), Buffer.alloc(8192, 'x'))
  const swaps: Record<string, () => void> = {
    'swapped.qcow2': () => tamper(join(place, 'swapped.qcow2'), { backing: bait.canary, backingFormat: 'raw' }),
    'swapped.raw': () => {
      rmSync(join(place, 'swapped.raw'))
      symlinkSync(bait.canary, join(place, 'swapped.raw'))
    },
  }
  for (const [name, swap] of Object.entries(swaps)) {
    const content = await bench.engine.source(bench.pool, { foreign: name }, bench.rig.context())
    swap()
    const volume = { ...given.volume, volumeId: testId('volume', name) }
    await failureOf(bench.turn((turn) => bench.engine.create(bench.pool, volume, content, turn)))
  }
  expectNoLeak()
})

describe('a volume that somebody has tampered with', () => {
  const disk = (name: string) => join(place, testId('volume', name), 'disk.qcow2')
  const acts = (name: string): (() => Promise<unknown>)[] => [
    () => bench.snapshot(name, 's'),
    () => bench.clone('b', name),
    () => bench.grow(name, 16 * 1024 ** 2),
    () => bench.flatten(name),
    () => bench.copy('b', { volumeId: testId('volume', name), snapshotId: null }),
  ]

  it('is never opened, wherever its disk leads', async () => {
    await bench.create('a', { format: 'qcow2' })
    const shapes = [
      ...Object.values(foreignNames(bait)).map((backing) => ({ backing, backingFormat: 'raw' })),
      { backing: 'snp_00000000000000000000000000.qcow2', backingFormat: 'raw' },
      { backing: 'snp_00000000000000000000000000.qcow2' },
      { backing: 'disk.qcow2', backingFormat: 'qcow2' },
      { dataFile: bait.canary, features: 4n },
    ]
    for (const shape of shapes) {
      tamper(disk('a'), shape)
      expect((await bench.seen('a')).problem?.problem).toMatch(/^image\.(foreign_layer|data_file)$/)
      for (const act of shape === shapes[0] ? acts('a') : acts('a').slice(0, 1)) {
        expect(problemOf(await failureOf(act()))).toMatch(/^image\.(foreign_layer|data_file)$/)
      }
    }
    rmSync(disk('a'))
    symlinkSync(bait.canary, disk('a'))
    expect((await bench.seen('a')).problem?.problem).toBe('image.not_a_file')
    for (const act of acts('a')) expect(problemOf(await failureOf(act()))).toBe('image.not_a_file')
    expectNoLeak()
  })

  it('is not followed out of the pool by its directory', async () => {
    await bench.create('a', { format: 'qcow2' })
    const directory = join(place, testId('volume', 'a'))
    renameSync(directory, join(base, 'outside', 'moved'))
    symlinkSync(join(base, 'outside', 'moved'), directory)
    const before = readdirSync(join(base, 'outside', 'moved'))
    expect((await bench.seen('a')).problem?.problem).toBe('image.not_a_file')
    for (const act of acts('a')) expect(problemOf(await failureOf(act()))).toBe('image.not_a_file')
    await bench.trash('a')
    await bench.purge('a')
    expect(readdirSync(join(base, 'outside', 'moved'))).toEqual(before)
    expectNoLeak()
  })

  it('whose layers go in a circle is told of', async () => {
    await bench.create('a', { format: 'qcow2' })
    await bench.snapshot('a', 's')
    const layer = `${testId('snapshot', 's')}.qcow2`
    tamper(join(place, testId('volume', 'a'), layer), { backing: layer, backingFormat: 'qcow2' })
    expect((await bench.seen('a')).problem?.problem).toBe('image.broken')
  })

  it('that lost its mark, or has one of another pool, is not touched', async () => {
    await bench.create('a', { format: 'qcow2' })
    const mark = join(place, testId('volume', 'a'), 'volume.json')
    const text = readFileSync(mark, 'utf8')
    for (const changed of [
      text.replace(/pol_\w+/, testId('pool', 'other')),
      'no json',
      text.replace('qcow2', 'vmdk'),
    ]) {
      writeFileSync(mark, changed)
      expect((await bench.seen('a')).problem?.problem).toBe('image.no_mark')
      expect(problemOf(await failureOf(bench.snapshot('a', 's')))).toBe('image.no_mark')
    }
  })

  it('and is raw is read as such, whatever a machine has written to it', async () => {
    await bench.create('a')
    const raw = join(place, testId('volume', 'a'), 'disk.raw')
    tamper(raw, { backing: bait.canary, backingFormat: 'raw' })
    await bench.copy('b', { volumeId: testId('volume', 'a'), snapshotId: null })
    const copied = readFileSync(join(place, testId('volume', 'b'), 'disk.raw'))
    const written = readFileSync(raw)
    expect(copied.subarray(0, written.length).equals(written)).toBe(true)
    expect(copied.includes(CANARY)).toBe(false)
  })
})

it('the confinement is what it takes: without it the same swap would show the host', async () => {
  // Proves that the tests above could fail.
  tamper(join(place, 'bad.qcow2'), { backing: bait.canary, backingFormat: 'raw' })
  const runner = new Runner()
  const args = ['convert', '-f', 'qcow2', '-O', 'raw', join(place, 'bad.qcow2'), join(place, 'out.raw')]
  const program = { command: 'qemu-img', args, parseProgress: () => null, whenKilled: 'undo', silentMs: 1_000 } as const
  await runner.run(program.command, args)
  expect(readFileSync(join(place, 'out.raw')).includes(CANARY)).toBe(true)
  const { command, args: jailed } = programCommand({ ...program, confined: { readable: [place], writable: [place] } })
  await expect(runner.run(command, jailed)).rejects.toThrow(HoldfastError)
})
