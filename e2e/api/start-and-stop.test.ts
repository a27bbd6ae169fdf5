import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts, Product, sh } from '@/e2e/support/product'

describe('npm start and the local command line', () => {
  let product: Product
  let first: Awaited<ReturnType<Product['start']>>

  beforeAll(async () => {
    product = await Product.create()
    first = await product.start()
  })
  afterAll(() => product.dispose())

  test('a fresh start returns when ready and prints the URL and a one-time setup link', async () => {
    expect(first.stderr).toContain(product.url)
    expect(first.stderr).toMatch(/\/setup#[\w-]{20,}/)
    expect(first.code).toBe(0)
    const ready = await fetch(`${product.url}/api/health/ready`)
    expect(ready.status).toBe(200)
  })

  test('status says where it runs', async () => {
    const status = await product.cli(['status'])
    expect(status.stdout).toContain(product.url)
    expect(status.code).toBe(0)
  })

  test('a second start with the same state directory is refused and leaves the first alone', async () => {
    const again = await product.start()
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('already running')
    expect((await fetch(`${product.url}/api/health/ready`)).status).toBe(200)
  })

  test('another instance with its own port and state directory runs beside it', async () => {
    const other = await Product.create()
    try {
      expect((await other.start()).code).toBe(0)
      expect((await fetch(`${other.url}/api/health/ready`)).status).toBe(200)
      expect((await fetch(`${product.url}/api/health/ready`)).status).toBe(200)
    } finally {
      await other.dispose()
    }
  })

  test('the setup link makes one administrator and then never works again', async () => {
    const token = /setup#([\w-]+)/.exec(first.stderr)?.[1] ?? ''
    const body = JSON.stringify({ token, username: 'root-admin', password: 'correct-horse-battery' })
    const post = () =>
      fetch(`${product.url}/api/v1/setup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: product.url },
        body,
      })
    expect((await post()).status).toBe(201)
    expect((await post()).status).toBeGreaterThanOrEqual(400)
  })

  test('admin create and token create work from the command line, and the token is printed alone', async () => {
    const admin = await product.cli(
      ['admin', 'create', '--username', 'ada', '--password-stdin'],
      'a-long-enough-password\n',
    )
    expect(admin.code, admin.stderr).toBe(0)
    const token = await product.cli(['token', 'create', '--role', 'admin', '--name', 'ci'])
    expect(token.code, token.stderr).toBe(0)
    expect(token.stdout.trim()).toMatch(/^hf_[\w-]{40,}$/)
    const answer = await fetch(`${product.url}/api/v1/storage/backends`, {
      headers: { authorization: `Bearer ${token.stdout.trim()}` },
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ data: [], total: 0 })
  })

  test('doctor names each storage type', async () => {
    const doctor = await product.cli(['doctor'])
    for (const type of ['local-dir', 'nfs', 's3']) expect(doctor.stdout).toContain(type)
  })

  test('no child outlives a killed supervisor', async () => {
    const victim = await Product.create()
    const begun = await victim.start()
    expect(begun.code, begun.stderr).toBe(0)
    const record = JSON.parse(await readFile(path.join(victim.stateDir, 'run/supervisor.json'), 'utf8')) as {
      pid: number
    }
    const children = (await sh('pgrep', ['-P', String(record.pid)])).stdout.trim().split('\n').filter(Boolean)
    expect(children.length).toBeGreaterThanOrEqual(2)
    process.kill(record.pid, 'SIGKILL')
    await expect
      .poll(async () => (await sh('ps', ['-o', 'pid=', '-p', children.join(',')])).stdout.trim(), { timeout: 15_000 })
      .toBe('')
    // What was acknowledged before is still there, and it starts again.
    expect((await victim.start()).code).toBe(0)
    await victim.dispose()
  })
})

describe('what stops a start is said in one sentence, and nothing is lost', () => {
  async function failedStart(product: Product): Promise<string> {
    const outcome = await product.start()
    expect(outcome.code).toBe(1)
    const lines = outcome.stderr
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('holdfast:'))
    expect(lines).toHaveLength(1)
    return lines[0] ?? ''
  }

  test('help, and an argument that is not known', async () => {
    const product = await Product.create()
    const help = await product.start(['--help'])
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('Usage: npm start')])
    const typo = await product.start(['--dettach'])
    expect([typo.code, typo.stderr]).toEqual([2, expect.stringContaining('--dettach is not known here')])
    expect(await readdir(product.stateDir)).toEqual([])
    await product.dispose()
  })

  test('a port in use', async () => {
    const port = await freePorts()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const product = await Product.create({ port })
    expect(await failedStart(product)).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} is in use.*HOLDFAST_PORT`))
    server.close()
    await product.dispose()
  })

  test('a state directory that cannot be made', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'holdfast-e2e-'))
    await writeFile(path.join(dir, 'file'), '')
    const product = await Product.create({ stateDir: path.join(dir, 'file', 'state') })
    expect(await failedStart(product)).toMatch(/state directory .* cannot be written .*HOLDFAST_STATE_DIR/)
    await rm(dir, { recursive: true })
  })

  test('a corrupt database, which stays as it was', async () => {
    const product = await Product.create()
    const file = path.join(product.stateDir, 'holdfast.db')
    await mkdir(product.stateDir, { recursive: true })
    const garbage = Buffer.alloc(8192, 'not a database ')
    await writeFile(file, garbage)
    expect(await failedStart(product)).toMatch(/database/)
    expect((await readFile(file)).equals(garbage)).toBe(true)
    await product.dispose()
  })

  test('a database newer than the build', async () => {
    const product = await Product.create()
    expect((await product.start()).code).toBe(0)
    await product.stop()
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(path.join(product.stateDir, 'holdfast.db'))
    database
      .prepare(
        `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
         VALUES ('future', 'x', datetime('now'), '29991231000000_future', datetime('now'), 1)`,
      )
      .run()
    database.close()
    expect(await failedStart(product)).toMatch(/newer/)
    await product.dispose()
  })

  test('a bad setting is named', async () => {
    const product = await Product.create({ env: { HOLDFAST_LOG_LEVEL: 'loud' } })
    expect(await failedStart(product)).toContain('HOLDFAST_LOG_LEVEL')
    await rm(product.stateDir, { recursive: true, force: true })
  })
})
