import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { programText } from '@/lib/program-text'
import { type FileServer, startFileServer } from '@/testing/agent/file-server'
import { waitFor } from '@/testing/wait'
import { fetchEnd } from './fetch'
import { FETCH_PARTS, type FetchRequest, fetchFile } from './fetch-process'

const CONTENT = randomBytes(1_000_000)
const SHA256 = createHash('sha256').update(CONTENT).digest('hex')
const base = mkdtempSync(join(tmpdir(), 'holdfast-fetch-'))
const place = join(base, 'waiting')
let server: FileServer

beforeAll(async () => {
  writeFileSync(join(base, 'disk'), CONTENT)
  server = await startFileServer(base)
})
afterAll(async () => {
  await server.close()
  rmSync(base, { recursive: true })
})
beforeEach(() => {
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  server.asked.splice(0)
})

function requestFor(how: string, more: Partial<FetchRequest> = {}): FetchRequest {
  return {
    url: `${server.url}/${how}/disk`,
    address: '127.0.0.1',
    headers: {},
    ca: null,
    isVerified: true,
    validator: how === 'whole' ? null : '"one"',
    sizeBytes: CONTENT.length,
    root: base,
    directory: 'waiting',
    name: 'disk.raw',
    mostBytes: 10_000_000,
    algorithm: 'sha256',
    digest: null,
    idleMs: 30_000,
    retryMs: 1,
    ...more,
  }
}

function start(request: FetchRequest) {
  const child = spawn(process.execPath, ['-e', programText(fetchFile, [request], FETCH_PARTS)])
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream
      .setEncoding('utf8')
      .on('data', (text: string) => lines.push(...text.split('\n').filter((line) => line !== '')))
  return { child, lines }
}

/** Of its end, as the agent reads it. */
async function run(request: FetchRequest) {
  const { child, lines } = start(request)
  const [exitCode] = (await once(child, 'close')) as [number]
  const { algorithm, digest } = request
  return fetchEnd({ exitCode, lines }, { ...request, checksum: digest === null ? null : { algorithm, digest } })
}

const fetched = () => readFileSync(join(place, 'disk.raw'))

describe('a file that is fetched', () => {
  it.each([
    ['in one piece', 'plain', [null]],
    ['in parts, where each connection is cut', 'cut', [null, 'bytes=300000-', 'bytes=600000-', 'bytes=900000-']],
    ['from its beginning once more, where the server knows no parts', 'whole', [null, null]],
  ])('%s is whole', async (_title, how, ranges) => {
    expect(await run(requestFor(how))).toEqual({ bytes: CONTENT.length, digest: SHA256, algorithm: 'sha256' })
    expect(fetched().equals(CONTENT)).toBe(true)
    expect(server.asked.map(({ range }) => range)).toEqual(ranges)
    expect(readdirSync(place)).toEqual(['disk.raw'])
  })

  it('is of one version, where it changes meanwhile', async () => {
    const { digest } = await run(requestFor('turns'))
    expect(fetched().equals(Buffer.from(CONTENT).reverse())).toBe(true)
    expect(digest).toBe(createHash('sha256').update(fetched()).digest('hex'))
  })

  it('goes on where it was, when its program was killed', async () => {
    const { child } = start(requestFor('slow'))
    const part = () => readdirSync(place).find((name) => name.startsWith('part-'))
    await waitFor('the first bytes', () => part() !== undefined && statSync(join(place, part() ?? '')).size === 65_536)
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(await run(requestFor('plain'))).toMatchObject({ digest: SHA256 })
    expect(server.asked.map(({ range }) => range)).toEqual([null, 'bytes=65536-'])
  })

  it('is not taken with another checksum, and nothing bears its name then', async () => {
    const other = { algorithm: 'sha512', digest: '0'.repeat(128) } as const
    const sha512 = createHash('sha512').update(CONTENT).digest('hex')
    await expect(run(requestFor('plain', other))).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining(`sha512:${sha512}`),
    })
    expect(existsSync(join(place, 'disk.raw'))).toBe(false)
    expect(await run(requestFor('plain', { ...other, digest: sha512 }))).toMatchObject({ digest: sha512 })
  })

  it('is given up where there is no room for it, before more is written', async () => {
    const small = { mostBytes: 400_000 }
    await expect(run(requestFor('plain', small))).rejects.toMatchObject({
      code: 'disk_full',
      message: expect.stringContaining('room for 391 KiB'),
    })
    expect(readdirSync(place).map((name) => statSync(join(place, name)).size)).toEqual([0])
  })

  it.each([
    [
      'is cut off again and again',
      'stuck',
      { code: 'backend_unreachable', message: expect.stringContaining('ECONNRESET') },
    ],
    [
      'is not there any more',
      'gone/not',
      { code: 'backend_unreachable', message: expect.stringContaining('HTTP 404') },
    ],
  ])('that %s is given up, with the reason', async (_title, how, failure) => {
    await expect(run(requestFor(how))).rejects.toMatchObject(failure)
    expect(server.asked.length).toBeLessThan(8)
  })

  it('is written through no link that somebody has put in its way', async () => {
    rmSync(place, { recursive: true })
    symlinkSync(tmpdir(), place)
    await expect(run(requestFor('plain'))).rejects.toMatchObject({ code: 'command_failed' })
    rmSync(place)
  })
})
