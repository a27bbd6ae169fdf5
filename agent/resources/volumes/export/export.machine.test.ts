import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hostEngine } from '@/agent/volume-engines'
import { type VolumeWork, VolumeWorkResult } from '@/lib/agent-protocol/pools'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { bindMount, makeBase, removeBase } from '@/testing/agent/mount-host'
import { CrashRig, failpointsOf } from '@/testing/agent/pool-crash'
import {
  ask,
  ended,
  firstPool,
  openPoolHost,
  type PoolAsked,
  type PoolHost,
  poolMount,
} from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'

const MIB = 1024 * 1024
const POOL = testId('pool', 'a')
const VOLUME = testId('volume', 'a')
const SNAPSHOT = testId('snapshot', '1')
const OUT = testId('mount', 'out')
let operations = 0

function outMount(base: string, more: object = {}) {
  const backend = {
    id: testId('backend', 'out'),
    driver: 'local-dir',
    config: { path: join(base, 'out') },
    secrets: {},
  }
  return { ...bindMount(base, 'out'), backend, ...more }
}

function exporting(path: string, more: Partial<VolumeWork & { do: 'export' }> = {}) {
  const to = { mountId: OUT, path }
  return { do: 'export', snapshotId: null, to, format: 'qcow2', isCompressed: false, ...more } as const
}

function asked(work: VolumeWork): PoolAsked & { verb: 'work' } {
  const operationId = testId('operation', `x${operations++}`)
  return { verb: 'work', poolId: POOL, volumeId: VOLUME, work, operationId }
}

const EMPTY = { do: 'create', sizeBytes: 8 * MIB, format: 'qcow2', provisioning: 'thin', content: null } as const
const qemu = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' })
/** Of one letter each, MiB by MiB; `.`: zeros. */
const letters = (path: string, format: string) => {
  const copy = `${path}.read`
  qemu('qemu-img', 'convert', '-f', format, '-O', 'raw', path, copy)
  const bytes = readFileSync(copy)
  return Array.from({ length: 3 }, (_none, at) => String.fromCharCode(bytes[at * MIB] || 46)).join('')
}

describe('an export', () => {
  let base: string
  let host: PoolHost

  const out = () => readdirSync(join(base, 'out'))
  const write = (at: number, letter: string) => {
    const pattern = `write -P ${letter.charCodeAt(0)} ${at}M 1M`
    qemu('qemu-io', '-f', 'qcow2', '-c', pattern, join(base, 'data', VOLUME, 'disk.qcow2'))
  }
  async function does(work: VolumeWork) {
    const one = asked(work)
    await ask(host, one)
    const job = await ended(host, one.operationId)
    return { error: job.error, exported: job.error === null ? VolumeWorkResult.parse(job.result).exported : undefined }
  }

  beforeEach(async () => {
    base = makeBase('export', ['data', 'mnt', 'out', 'out/images'])
    host = await openPoolHost(base, hostEngine('image-files'), { changedMs: 20, standingMs: 200, retryMs: [50] })
    for (const one of firstPool(base)) await ask(host, one)
    await ask(host, { verb: 'mount', mount: outMount(base) })
    await does(EMPTY)
    write(0, 'A')
    await does({ do: 'snapshot', snapshotId: SNAPSHOT })
    write(2, 'B')
  })
  afterEach(async () => {
    await host.close()
    removeBase(base)
  })

  test('of a chain has its content, and the checksum that is told', async () => {
    for (const [name, format, more, content] of [
      ['whole', 'qcow2', {}, 'A.B'],
      ['packed', 'qcow2', { isCompressed: true }, 'A.B'],
      ['sparse', 'raw', { format: 'raw' }, 'A.B'],
      ['then', 'qcow2', { snapshotId: SNAPSHOT }, 'A..'],
    ] as const) {
      const { error, exported } = await does(exporting(`images/${name}`, more))
      expect(error, name).toBeNull()
      const path = join(base, 'out/images', name)
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex')
      const told = { path: join(base, 'mnt/out/images', name), bytes: statSync(path).size, sha256: digest }
      expect(exported, name).toEqual(told)
      expect(statSync(path).blocks * 512, name).toBeLessThan(4 * MIB)
      const info = JSON.parse(qemu('qemu-img', 'info', '-f', format, '--output=json', path))
      expect(info, name).not.toHaveProperty('backing-filename')
      expect(letters(path, format), name).toBe(content)
    }
    const names = readdirSync(join(base, 'out/images')).filter((name) => !name.endsWith('.read'))
    expect(names.sort()).toEqual(['packed', 'sparse', 'then', 'whole'])
  })

  test('to be downloaded lies in the pool, where no look at it tells of it', async () => {
    const to = { mountId: poolMount(base).mountId, path: 'disk.qcow2', download: { poolId: POOL } }
    const { error, exported } = await does(exporting('', { to }))
    expect(error).toBeNull()
    const path = exported?.download?.path ?? ''
    expect(path).toMatch(/^\.holdfast-exports\/[0-9a-z]{26}\/disk\.qcow2$/)
    expect(exported?.download?.poolId).toBe(POOL)
    expect(letters(join(base, 'data', path), 'qcow2')).toBe('A.B')
    expect(readdirSync(join(base, 'data')).filter((name) => name.startsWith('.'))).toEqual(['.holdfast-exports'])
  })

  test('writes over nothing, follows no link, and leaves nothing when it is refused', async () => {
    writeFileSync(join(base, 'out/there.img'), 'somebody else')
    symlinkSync(base, join(base, 'out/link'))
    expect((await does(exporting('there.img'))).error).toMatchObject({ code: 'conflict' })
    expect((await does(exporting('nowhere/a.img'))).error).toMatchObject({
      code: 'not_found',
      message: `The directory of ${join(base, 'mnt/out')}/nowhere/a.img is not there; make it first.`,
    })
    expect((await does(exporting('link/a.img'))).error).not.toBeNull()
    expect([out().sort(), readFileSync(join(base, 'out/there.img'), 'utf8')]).toEqual([
      ['images', 'link', 'there.img'],
      'somebody else',
    ])
    expect(host.journal.unfinished()).toEqual([])
  })

  test('needs a mount that is well and may be written to', async () => {
    const gone = { mountId: testId('mount', 'gone'), path: 'a.img' }
    expect((await does(exporting('', { to: gone }))).error).toMatchObject({ code: 'backend_unreachable' })
    await ask(host, { verb: 'mount', mount: outMount(base, { readOnly: true }), generation: 2 })
    expect((await does(exporting('a.img'))).error).toMatchObject({ message: expect.stringContaining('read-only') })
  })
})

describe('kill -9 of the agent', () => {
  let program: Awaited<ReturnType<typeof bundleProcess>>
  beforeAll(async () => {
    program = await bundleProcess('pool-process')
  })
  afterAll(() => program.done())

  test(
    'while it exports: the image is there once',
    () => tryKilling(['step.export.place.noted', 'step.export.publish.worked']),
    120_000,
  )
  test('at every step of an export', { tags: 'full', timeout: 900_000 }, () => tryKilling(null))

  function tryKilling(only: string[] | null): void {
    const rig = new CrashRig(program.program, 'image-files')
    const out = join(rig.base, 'out')
    try {
      mkdirSync(out)
      rig.agent([...firstPool(rig.base), { verb: 'mount', mount: outMount(rig.base) }, asked(EMPTY)])
      rig.keep()
      const whole = rig.agent([asked(exporting('first.img'))])
      expect(whole?.answers[0]?.error).toBeUndefined()
      const points = only ?? failpointsOf(whole?.steps ?? [])
      const there = ['first.img']
      for (const [at, point] of points.entries()) {
        rig.back()
        const one = asked(exporting(`${at}.img`))
        expect(rig.agent([one], point), point).toBeNull()
        const after = rig.agent([one])
        expect([after?.answers[0]?.error, after?.unfinished], point).toEqual([undefined, 0])
        there.push(`${at}.img`)
        expect(readdirSync(out).sort(), point).toEqual(there.toSorted())
      }
    } finally {
      rig.remove()
    }
  }
})
