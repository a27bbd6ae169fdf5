import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hostEngine } from '@/agent/volume-engines'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import { type ContentSource, type VolumeWork, VolumeWorkResult } from '@/lib/agent-protocol/pools'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { type FileServer, startFileServer } from '@/testing/agent/file-server'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { CrashRig, failpointsOf } from '@/testing/agent/pool-crash'
import { ask, ended, firstPool, openPoolHost, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'
import { waitFor } from '@/testing/wait'

const MIB = 1024 * 1024
const POOL = testId('pool', 'a')
const VOLUME = testId('volume', 'a')
const CDN = testId('backend', 'cdn')
const images = mkdtempSync('/srv/holdfast-web-')
const raw = join(images, 'disk.img')
let server: FileServer
let operations = 0

const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { encoding: 'utf8' })

beforeAll(async () => {
  writeFileSync(raw, Buffer.concat([randomBytes(MIB), Buffer.alloc(MIB), randomBytes(MIB)]))
  for (const format of ['qcow2', 'vmdk', 'vdi']) {
    qemuImg('convert', '-f', 'raw', '-O', format, raw, join(images, `disk.${format}`))
  }
  qemuImg('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/shadow', '-u', join(images, 'leak.qcow2'), '1M')
  writeFileSync(join(images, 'text'), 'x'.repeat(5000))
  server = await startFileServer(images)
})
afterAll(async () => {
  await server.close()
  removeBase(images)
})

function backend(how: string, more: Record<string, unknown> = {}): WireBackend {
  return { id: CDN, driver: 'http', config: { base_url: `${server.url}/${how}`, ...more }, secrets: {} }
}

type FromBackend = Extract<ContentSource, { from: 'backend' }>

function importing(path: string, more: Partial<FromBackend> = {}, size: Partial<VolumeWork & { do: 'create' }> = {}) {
  const content = { from: 'backend', backendId: CDN, path, checksum: null, mostBytes: null, ...more } as const
  return { do: 'create', sizeBytes: null, format: 'qcow2', provisioning: 'thin', content, ...size } as const
}

const sha256 = (path: string) =>
  ({ algorithm: 'sha256', digest: createHash('sha256').update(readFileSync(path)).digest('hex') }) as const

describe('an image of a web server', () => {
  let base: string
  let host: PoolHost
  let before: string[]

  beforeEach(async () => {
    base = makeBase('import')
    host = await openPoolHost(base, hostEngine('image-files'), { changedMs: 20, standingMs: 200, retryMs: [50] })
    for (const asked of firstPool(base)) await ask(host, asked)
    before = readdirSync(join(base, 'data'))
  })
  afterEach(async () => {
    await host.close()
    removeBase(base)
  })

  async function start(work: VolumeWork, from: WireBackend): Promise<string> {
    const operationId = testId('operation', `i${operations++}`)
    await ask(host, { verb: 'work', poolId: POOL, volumeId: VOLUME, work, operationId, backend: from })
    return operationId
  }

  async function does(work: VolumeWork, from: WireBackend) {
    const operationId = await start(work, from)
    const job = await ended(host, operationId)
    const { lines } = host.jobs.logAfter(operationId, 0)
    return { error: job.error, lines: lines.map(({ message }) => message), result: job.result }
  }

  test.each([
    ['vmdk', 'plain', 'qcow2'],
    ['vdi', 'cut', 'raw'],
    ['qcow2', 'whole', 'raw'],
    ['img', 'plain', 'qcow2'],
  ] as const)('that is a %s (%s) becomes a %s volume with the same content', async (ending, how, format) => {
    const file = join(images, `disk.${ending}`)
    const { error, result, lines } = await does(
      importing(`disk.${ending}`, { checksum: sha256(file) }, { format }),
      backend(how),
    )
    expect(error).toBeNull()
    expect(VolumeWorkResult.parse(result).volume).toMatchObject({ volumeId: VOLUME, format, sizeBytes: 3 * MIB })
    const disk = join(base, 'data', VOLUME, `disk.${format}`)
    expect(qemuImg('compare', '-f', 'raw', '-F', format, raw, disk)).toContain('identical')
    expect(readdirSync(join(base, 'data')).sort()).toEqual([...before, VOLUME].sort())
    expect(lines).toContainEqual(expect.stringContaining(`sha256:${sha256(file).digest}`))
    expect(host.journal.unfinished()).toEqual([])
  })

  test('is as large as it was asked to be', async () => {
    const { result } = await does(importing('disk.qcow2', {}, { sizeBytes: 8 * MIB }), backend('plain'))
    expect(VolumeWorkResult.parse(result).volume).toMatchObject({ sizeBytes: 8 * MIB })
  })

  test('is fetched with the sign-in of its backend, which nobody gets to see', async () => {
    const signed = backend('private', { auth_method: 'basic', username: 'reader' })
    const { error, lines } = await does(importing('disk.qcow2'), { ...signed, secrets: { password: 'obviously-fake' } })
    expect(error).toBeNull()
    expect([...host.log, ...lines].join('\n')).not.toMatch(/obviously-fake|cmVhZGVy/)
  })

  test.each<[string, string, string, Parameters<typeof importing>[1], object]>([
    [
      'with another checksum',
      'plain',
      'disk.img',
      { checksum: { algorithm: 'sha256', digest: '0'.repeat(64) } },
      {
        code: 'invalid_input',
        message: expect.stringContaining('not the checksum that was given'),
      },
    ],
    ['that needs a file of the host', 'plain', 'leak.qcow2', {}, { problem: 'image.backing' }],
    ['that is no image', 'plain', 'text', {}, { problem: 'image.unknown_format' }],
    ['that is not there', 'plain', 'nothing.img', {}, { problem: 'http.not_found' }],
    ['of a server that sends round in circles', 'loop', 'disk.img', {}, { problem: 'http.redirected' }],
    ['of a server that sends to another one', 'away', 'disk.img', {}, { problem: 'http.redirected' }],
    [
      'larger than the pool allows',
      'plain',
      'disk.qcow2',
      { mostBytes: MIB },
      {
        code: 'conflict',
        message: expect.stringContaining('3.00 MiB'),
      },
    ],
  ])('%s is not taken, and leaves nothing', async (_what, how, path, more, failure) => {
    const { error } = await does(importing(path, more), backend(how))
    expect(error).toMatchObject(failure)
    expect([readdirSync(join(base, 'data')), host.journal.unfinished()]).toEqual([before, []])
  })

  test('is not fetched from where the policy of the host forbids', async () => {
    const denied = { ...backend('plain'), config: { base_url: 'http://198.51.100.7/images' } }
    const { error } = await does(importing('meta-data.img'), denied)
    expect(error).toMatchObject({ code: 'policy_denied' })
  })

  test('leaves nothing when it is cancelled while it is fetched', async () => {
    const operationId = await start(importing('disk.img'), backend('slow'))
    await waitFor('the first bytes', () => (host.jobs.find(operationId)?.progress?.done ?? 0) > 0)
    expect(readdirSync(join(base, 'data')).some((name) => name.startsWith('.holdfast-import-'))).toBe(true)
    await host.jobs.cancel(operationId, 1)
    expect((await ended(host, operationId)).state).toBe('cancelled')
    expect([readdirSync(join(base, 'data')), host.journal.unfinished()]).toEqual([before, []])
    expect(existsSync(join(base, 'imports'))).toBe(false)
  })
})

describe('kill -9 of the agent', () => {
  let program: Awaited<ReturnType<typeof bundleProcess>>
  beforeAll(async () => {
    program = await bundleProcess('pool-process')
  })
  afterAll(() => program.done())

  test('while an image is fetched: it goes on, and is there once', () => tryKilling(['program.fetch.started']), 120_000)
  test('at every step of an import', { tags: 'full', timeout: 900_000 }, () => tryKilling(null))

  function tryKilling(only: string[] | null): void {
    const rig = new CrashRig(program.program, 'image-files')
    const asked = () => {
      const operationId = testId('operation', `k${operations++}`)
      const work = importing('disk.vmdk', { checksum: sha256(join(images, 'disk.vmdk')) })
      return { verb: 'work', poolId: POOL, volumeId: VOLUME, work, operationId, backend: backend('cut') } as const
    }
    try {
      rig.agent(firstPool(rig.base))
      rig.keep()
      const whole = rig.agent([asked()])
      expect(whole?.answers[0]?.error).toBeUndefined()
      const files = rig.files()
      const points = only ?? failpointsOf(whole?.steps ?? [])
      for (const point of points) {
        rig.back()
        const one = asked()
        expect(rig.agent([one], point), point).toBeNull()
        const after = rig.agent([one])
        expect([after?.answers, after?.unfinished], point).toMatchObject([
          [{ result: { volume: { volumeId: VOLUME } } }],
          0,
        ])
        expect(rig.files(), point).toEqual(files)
      }
      expect(points.length).toBeGreaterThan(only === null ? 15 : 0)
    } finally {
      rig.remove()
    }
  }
})
