import { readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Product, sh, until } from '@/e2e/support/product'
import { makeSmallDisk, type SmallDisk } from '@/testing/small-disk'

interface Readiness {
  ready: boolean
  checks: { database: string; migrations: string; controller: string }
}
interface Problem {
  code: string
  detail: string
  recovery: string
}

const LOGS = ['web', 'controller', 'agent', 'supervisor'] as const

/** A product whose whole state lies on a disk of 40 MB; needs root. */
describe.runIf(process.getuid?.() === 0)('a product', () => {
  let product: Product
  let disk: SmallDisk
  const acknowledged: string[] = []

  beforeAll(async () => {
    disk = makeSmallDisk(40 * 1024)
    product = await Product.create({ stateDir: disk.path })
    const started = await product.start()
    if (started.code !== 0) throw new Error(started.stderr)
    await product.signIn()
  })
  afterAll(async () => {
    disk.free()
    await product.stop()
    disk.remove()
  })

  const readiness = async () => (await fetch(`${product.url}/api/health/ready`)).json() as Promise<Readiness>
  let number = 0
  async function create(): Promise<{ status: number; body: Problem }> {
    const name = `backend-${number++}`
    const body = { name, type: 'local-dir', config: { path: `/srv/${name}/${'x'.repeat(200)}` } }
    const answer = await product.request<Problem>('POST', '/api/v1/storage/backends', body)
    if (answer.status === 201) acknowledged.push(name)
    return answer
  }
  const kept = async () => {
    const { body } = await product.request<{ data: { name: string }[] }>('GET', '/api/v1/storage/backends?limit=5000')
    return body.data.map(({ name }) => name)
  }
  const startTimes = async (names: readonly ('web' | 'controller' | 'agent')[]) => {
    const pids = await Promise.all(names.map((name) => product.pid(name)))
    return (await sh('ps', ['-o', 'pid=,lstart=', '-p', pids.join(',')])).stdout
  }

  /** The first line of the answer and its Allow header, on a bare connection. */
  function ask(port: number, text: string): Promise<string> {
    return new Promise((resolve) => {
      let answer = ''
      const socket = connect(port, '127.0.0.1', () => socket.end(text))
      socket.on('data', (chunk) => {
        answer += chunk
      })
      socket.on('close', () => resolve(answer)).on('error', () => undefined)
    })
  }

  test('answers 405 to odd methods, and five hundred strangers at each door do not fill its logs', async () => {
    for (const method of ['TRACE', 'PROPFIND', 'BREW', 'CONNECT']) {
      const answer = await ask(product.port, `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      expect(answer, method).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\nallow: GET, HEAD, POST/i)
    }
    const sizes = () =>
      Promise.all(LOGS.map((name) => stat(path.join(disk.path, 'log', `${name}.log`)).then((found) => found.size)))
    const before = await sizes()
    for (let batch = 0; batch < 10; batch++) {
      const ports = [product.port, product.port + 1, product.port + 2].flatMap(
        (port) => Array(50).fill(port) as number[],
      )
      await Promise.all(ports.map((port) => ask(port, 'TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')))
    }
    // Next itself complains of these.
    const odd = { 'next-action': 'a'.repeat(42), cookie: 'holdfast.session=not-a-session', origin: product.url }
    for (let i = 0; i < 20; i++) {
      await fetch(`${product.url}/sign-in`, { method: 'POST', headers: odd, body: new FormData() })
      await fetch(`${product.url}/hosts`, { headers: odd, redirect: 'manual' })
    }
    expect((await fetch(`${product.url}/api/v1/%E0%A4%A`)).status).toBe(400)
    const grown = (await sizes()).map((size, index) => size - (before[index] ?? 0))
    for (const [index, bytes] of grown.entries()) expect(bytes, LOGS[index]).toBeLessThan(4_000)
    expect((await readiness()).ready).toBe(true)
  })

  test('says what is full and keeps running while its disk is, also when a process ends just then', async () => {
    for (let i = 0; i < 10; i++) expect((await create()).status).toBe(201)
    const others = await startTimes(['controller', 'agent'])
    disk.fill()
    const refused = await until('a write is refused', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, create))
      for (const { status, body } of answers) expect([201, 507], JSON.stringify(body)).toContain(status)
      return answers.find(({ status }) => status === 507)
    })
    // Each is logged too, with more than what may still fit into the last page of the log.
    for (let i = 0; i < 10; i++) expect([201, 507]).toContain((await create()).status)
    expect(refused.body).toMatchObject({
      code: 'disk_full',
      detail: `The disk that holds ${disk.path} is full: free some space on it.`,
      recovery: expect.stringContaining('Free some space'),
    })
    expect(new Set(await kept())).toEqual(new Set(acknowledged))
    const strangers = await until('it says that it is not ready', async () => {
      const body = await readiness()
      return body.ready ? undefined : body
    })
    expect(strangers.checks.database).toContain('is full')
    expect(JSON.stringify(strangers)).not.toContain('/')

    process.kill(await product.pid('web'), 'SIGKILL')
    await until('the web process is back', async () => {
      const answer = await fetch(`${product.url}/api/health/live`).catch(() => undefined)
      return answer && (await readiness()).checks.controller !== 'ok' ? answer : undefined
    })
    expect((await create()).status).toBe(507)
    expect(await startTimes(['controller', 'agent'])).toBe(others)
  })

  test('goes on by itself when there is room, has lost nothing it acknowledged, and says what its logs miss', async () => {
    const processes = await startTimes(['web', 'controller', 'agent'])
    disk.free()
    await until('it is ready again', async () => ((await readiness()).ready ? true : undefined))
    expect((await create()).status).toBe(201)
    expect(new Set(await kept())).toEqual(new Set(acknowledged))
    const audit = await product.request<{ data: { intact: boolean } }>('GET', '/api/v1/audit/verify')
    expect(audit.body.data).toMatchObject({ intact: true })
    expect(await startTimes(['web', 'controller', 'agent'])).toBe(processes)
    const log = (name: string) => readFile(path.join(disk.path, 'log', `${name}.log`), 'utf8')
    const counted = /could not be written and were dropped","lines":\d+,"reason":"ENOSPC"/
    await until('the log tells of the lines that it misses', async () => counted.test(await log('web')) || undefined)
    // A short line may still have fitted into the last page of its file.
    expect(await log('supervisor')).toMatch(/the web process ended|were dropped/)
  })

  test('has everything when it is started again', async () => {
    expect((await product.stop()).code).toBe(0)
    expect((await product.start()).code).toBe(0)
    expect(new Set(await kept())).toEqual(new Set(acknowledged))
  })
})
