import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Sqlite from 'better-sqlite3'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import { newId } from '@/lib/ids'
import { useTestDatabase } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

describe('acknowledged writes on SQLite', () => {
  const database = useTestDatabase('sqlite')
  let folder = ''
  let writer = ''
  const children = new Set<ChildProcess>()

  beforeAll(async () => {
    // Inside the project, so that the packages the bundle leaves outside are found.
    await mkdir('.cache', { recursive: true })
    folder = await mkdtemp('.cache/writer-')
    writer = join(folder, 'writer.mjs')
    await build({
      entryPoints: ['testing/database-writer.ts'],
      outfile: writer,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'error',
    })
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  /** A child process that is ready to write; `acknowledged` grows while it does. */
  async function startWriter(url: string = database.url) {
    const child = spawn(process.execPath, [writer, url], { stdio: ['pipe', 'pipe', 'pipe'] })
    children.add(child)
    const acknowledged: string[] = []
    const ready = Promise.withResolvers<void>()
    let errors = ''
    let longestMs: number | undefined
    let waiting: { count: number; resolve: () => void } | undefined
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') ready.resolve()
      else if (line.startsWith('done')) longestMs = Number(line.split(' ')[1])
      // A line that the kill cut short is no acknowledgement.
      else if (/^bkd_.{26}$/.test(line)) acknowledged.push(line)
      if (waiting && acknowledged.length >= waiting.count) waiting.resolve()
    })
    const closed = new Promise<void>((resolve) => {
      child.on('close', () => {
        children.delete(child)
        waiting?.resolve()
        ready.reject(new Error(`the writer ended: ${errors}`))
        resolve()
      })
    })
    await ready.promise
    return {
      acknowledged,
      closed,
      go: (rows: number) => child.stdin.end(`go ${rows}\n`),
      until: (count: number) => new Promise<void>((resolve) => (waiting = { count, resolve })),
      kill: () => child.kill('SIGKILL'),
      result: () => ({ errors, longestMs }),
    }
  }

  function missing(acknowledged: Iterable<string>): string[] {
    const location = parseDatabaseUrl(database.url)
    if (location.provider !== 'sqlite') throw new Error('not SQLite')
    const file = new Sqlite(location.path, { readonly: true })
    try {
      const stored = new Set(file.prepare('SELECT id FROM Backend').pluck().all())
      expect(file.pragma('quick_check', { simple: true })).toBe('ok')
      return [...acknowledged].filter((id) => !stored.has(id))
    } finally {
      file.close()
    }
  }

  it('are kept beside 40 nested writes that fail', async () => {
    const { prisma } = database
    const failing = (i: number) =>
      prisma.mount.create({
        data: {
          ...{ id: newId('mount'), name: `failing-${i}`, mountPoint: '/mnt/x' },
          backend: { create: { id: newId('backend'), name: `lost-${i}`, driver: 'nfs', config: {}, source: 'x' } },
          hosts: { create: [{ hostId: 'hst_none' }] },
        },
      })
    const acknowledged: string[] = []
    async function acknowledgedWrites() {
      for (let i = 0; i < 100; i++) acknowledged.push((await makeBackend(prisma)).id)
    }
    async function failingWrites() {
      for (let i = 0; i < 40; i++) await expect(failing(i)).rejects.toMatchObject({ code: 'P2003' })
    }
    await Promise.all([failingWrites(), ...Array.from({ length: 12 }, acknowledgedWrites)])
    expect(acknowledged).toHaveLength(1200)
    expect(missing(acknowledged)).toEqual([])
    expect(await prisma.backend.count({ where: { name: { startsWith: 'lost-' } } })).toBe(0)
  })

  it('are kept through 20 x kill -9 of the writing process', { timeout: 60_000 }, async () => {
    const all: string[] = []
    let next = startWriter()
    for (let round = 0; round < 20; round++) {
      const current = await next
      // The next one loads while this one writes.
      next = startWriter()
      const killedAfter = current.until(20 + Math.random() * 60)
      current.go(1_000_000)
      await killedAfter
      current.kill()
      await current.closed
      expect(current.result().errors).toBe('')
      all.push(...current.acknowledged)
      expect(missing(all)).toEqual([])
    }
    ;(await next).kill()
    expect(all.length).toBeGreaterThan(20 * 20)
  })

  it('are kept when two processes write the same file', { timeout: 60_000 }, async () => {
    const writers = await Promise.all([startWriter(), startWriter()])
    for (const each of writers) each.go(500)
    await Promise.all(writers.map((each) => each.closed))
    for (const each of writers) {
      expect(each.result().errors).toBe('')
      expect(each.acknowledged).toHaveLength(500)
      expect(missing(each.acknowledged)).toEqual([])
    }
  })

  it('can begin in four processes that make the same new file at once', { timeout: 60_000 }, async () => {
    for (const name of ['a', 'b']) {
      const starting = await Promise.all(Array.from({ length: 4 }, () => startWriter(`file:${folder}/${name}.db`)))
      for (const each of starting) each.kill()
      await Promise.all(starting.map((each) => each.closed))
    }
  })
})
