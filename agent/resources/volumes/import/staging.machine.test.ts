import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobTurn } from '@/agent/commands/jobs/job-kind'
import { engineHost } from '@/agent/host/engine-host'
import { createPolicy, parsePolicy } from '@/agent/policy/policy'
import { hostEngine } from '@/agent/volume-engines'
import { reveal, Secret } from '@/lib/secret'
import type { EngineHost, ImageSource } from '@/lib/volume-engines/contract/engine'
import { type FileServer, startFileServer } from '@/testing/agent/file-server'
import { removeBase } from '@/testing/agent/mount-host'
import { openPoolHost, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'
import { Rehearsal } from '@/testing/volume-engines/rehearsal'
import { withImported } from './import'

const base = mkdtempSync('/srv/holdfast-staging-')
const directory = join(base, 'imports')
const CDN = testId('backend', 'cdn')
const POLICY = createPolicy(parsePolicy('{"allow": {"networks": ["127.0.0.0/8"]}}', 'agent.json'))
let server: FileServer
let host: PoolHost

beforeAll(async () => {
  writeFileSync(join(base, 'disk.img'), Buffer.alloc(1_000_000, 'x'))
  mkdirSync(join(base, 'mnt'))
  server = await startFileServer(base)
  host = await openPoolHost(base, hostEngine('image-files'))
})
afterAll(async () => {
  await host.close()
  await server.close()
  removeBase(base)
})

/** As a job would, for a pool in Ceph. `freeBytes`: on the disk of the host; null: what there is. */
async function imports(work: (content: ImageSource) => Promise<void>, freeBytes: number | null): Promise<void> {
  const { signal } = new AbortController()
  const operationId = testId('operation', 'import')
  const opened = host.machine.open({ operationId, deadlineAt: Number.POSITIVE_INFINITY, signal })
  const real = engineHost(opened.host)
  const statfs: EngineHost['probe']['statfs'] = async (path) => {
    const answer = await real.probe.statfs(path)
    return freeBytes === null || answer.state !== 'ok' ? answer : { ...answer, availableBytes: freeBytes }
  }
  const context = { host: { ...real, probe: { ...real.probe, statfs } }, signal, deadlineAt: 0, log: () => undefined }
  const rehearsal = new Rehearsal({ context: () => context, runProgram: async () => undefined })
  const place = {
    kind: 'rbd',
    pool: 'rbd',
    namespace: '',
    user: 'holdfast',
    key: new Secret('obviously-fake'),
    configuration: '',
  } as const
  const content = { from: 'backend', backendId: CDN, path: 'disk.img', checksum: null, mostBytes: null } as const
  const backend = { id: CDN, driver: 'http', config: { base_url: `${server.url}/plain` }, secrets: {} }
  try {
    await rehearsal.begin((turn) => {
      const run: JobTurn['run'] = (step, program) => turn.step(step, () => carryOut(program))
      const open = { poolId: testId('pool', 'far'), place, settings: {} }
      const door = { ...opened, engineHost: context.host }
      const importing = { content, backend, open, provisioning: 'thin', job: { operationId, run }, turn, door } as const
      return withImported({ policy: () => POLICY, directory }, importing, work)
    })
  } finally {
    rehearsal.close()
  }
}

/** The program of the fetch, whose text stands in its only file. */
async function carryOut({ files = {} }: Parameters<JobTurn['run']>[1]): ReturnType<JobTurn['run']> {
  const [text] = Object.values(files)
  const child = spawn(process.execPath, ['-e', text instanceof Secret ? reveal(text) : String(text)])
  const lines: string[] = []
  child.stdout.setEncoding('utf8').on('data', (said: string) => lines.push(...said.split('\n')))
  const [exitCode] = (await once(child, 'close')) as [number]
  return { exitCode, lines }
}

test('what is for a pool without files waits on the disk of the host, and is gone afterwards', async () => {
  const seen: ImageSource[] = []
  await imports(async (content) => {
    expect(existsSync(content.location)).toBe(true)
    seen.push(content)
  }, null)
  const place = expect.stringMatching(new RegExp(`^${directory}/\\.holdfast-import-[0-9a-z]{26}$`))
  expect(seen).toMatchObject([{ format: 'raw', sizeBytes: 1_000_000, confined: { readable: [place] } }])
  expect(readdirSync(directory)).toEqual([])
})

test('1 GiB of that disk stays free: what does not fit is refused with the figures', async () => {
  const refused = imports(async () => undefined, 1024 ** 3 + 400_000)
  await expect(refused).rejects.toMatchObject({
    code: 'disk_full',
    message: 'The file has 977 KiB, and the disk of the host, where it waits, has room for 391 KiB.',
    details: { neededBytes: 1_000_000, availableBytes: 400_000 },
  })
  await imports(async () => undefined, 1024 ** 3 + 1_000_000)
  expect(readdirSync(directory)).toEqual([])
})
