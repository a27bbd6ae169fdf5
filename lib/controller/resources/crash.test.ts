import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openFleetCa } from '@/lib/controller/fleet/fleet-ca'
import { type Database, openDatabase } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { makeHost, makeMount } from '@/testing/factories'
import { type FakeAgent, startFakeAgent } from '@/testing/fake-agent'
import { authorityFor } from '@/testing/fleet'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const KILLS = 6
const OPERATIONS = 60

/** The real process, bundled as it is shipped, killed in the middle of its work. */
let program: string
let stateDir: string
let running: ChildProcess | undefined

beforeAll(async () => {
  mkdirSync(path.join(ROOT, 'dist'), { recursive: true })
  // Inside the project, so that the bundle finds its packages.
  program = mkdtempSync(path.join(ROOT, 'dist', 'crash-'))
  stateDir = mkdtempSync(path.join(tmpdir(), 'holdfast-crash-'))
  await build({
    absWorkingDir: ROOT,
    entryPoints: { controller: 'lib/controller/main.ts' },
    outdir: program,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    alias: { 'server-only': './scripts/empty.mjs' },
    logLevel: 'warning',
  })
})
afterAll(() => {
  running?.kill('SIGKILL')
  rmSync(program, { recursive: true, force: true })
  rmSync(stateDir, { recursive: true, force: true })
})

async function startController(): Promise<ChildProcess> {
  const child = fork(path.join(program, 'controller.mjs'), {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {
      ...process.env,
      HOLDFAST_STATE_DIR: stateDir,
      HOLDFAST_FLEET_PORT: String(20_000 + (process.pid % 20_000)),
      HOLDFAST_DATABASE_URL: `file:${path.join(stateDir, 'holdfast.db')}`,
    },
  })
  running = child
  await once(child, 'message')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

test('killed between and in the waves of a rollout, it goes on where it was', async () => {
  let child = await startController()
  const database: Database = await openDatabase(`file:${path.join(stateDir, 'holdfast.db')}`)
  const ca = await openFleetCa(path.join(stateDir, 'controller'))
  const agents = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const hostId = newId('host')
      const authority = authorityFor(ca, hostId)
      const agent = await startFakeAgent({ authority, hostId, installationId: ca.installationId })
      agent.setFault({ kind: 'slow', delayMs: 60 }, 'applyMount')
      await makeHost(database.prisma, { id: hostId, address: agent.address })
      return agent
    }),
  )
  const hostIds = agents.map((agent) => agent.hostId)
  const mount = await makeMount(database.prisma, { hostIds })
  const id = newId('operation')
  await database.prisma.mountOnHost.updateMany({ where: { mountId: mount.id }, data: { heldBy: id } })
  await database.prisma.operation.create({
    data: {
      id,
      kind: 'mount.apply',
      requestedBy: 'test',
      targetKind: 'mount',
      targetId: mount.id,
      payload: { mountId: mount.id, hostIds },
      rollout: {
        waves: hostIds.map((hostId) => ({ label: '1', hostIds: [hostId] })),
        maxFailures: 0,
        pauseSeconds: 0,
        wave: 0,
        resumeAt: null,
        retries: 0,
        phase: 'forward',
        outcome: null,
        before: { backend: null, mounts: [] },
      },
      hosts: { create: hostIds.map((hostId) => ({ hostId })) },
    },
  })
  const wave = async () => {
    const row = await database.prisma.operation.findUniqueOrThrow({ where: { id } })
    return (row.rollout as { wave: number }).wave
  }
  for (const reached of [1, 3, 5]) {
    await waitFor(`wave ${reached}`, async () => (await wave()) >= reached, 30_000)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
    await kill(child)
    // Whatever the moment: who comes after the wave under way has heard nothing.
    const later = agents.slice((await wave()) + 1)
    expect(later.flatMap((agent) => agent.calls.filter(({ operation }) => operation === 'applyMount'))).toEqual([])
    child = await startController()
  }
  const ended = await waitFor(
    'the end of the rollout',
    async () => {
      const row = await database.prisma.operation.findUniqueOrThrow({ where: { id }, include: { hosts: true } })
      return row.finishedAt ? row : undefined
    },
    30_000,
  )
  expect(ended).toMatchObject({ status: 'succeeded', rollout: { wave: 8, outcome: 'completed', before: null } })
  expect(ended.hosts.map(({ status }) => status)).toEqual(hostIds.map(() => 'succeeded'))
  expect(agents.map((agent) => agent.mounts().length)).toEqual(hostIds.map(() => 1))
  expect(await database.prisma.mountOnHost.count({ where: { heldBy: { not: null } } })).toBe(0)
  await kill(child)
  await Promise.all(agents.map((agent) => agent.stop()))
  await database.close()
})

test('killed at random moments, it loses no operation, and each ends once with the host as wanted', async () => {
  let child = await startController()
  const database: Database = await openDatabase(`file:${path.join(stateDir, 'holdfast.db')}`)
  const ca = await openFleetCa(path.join(stateDir, 'controller'))
  const hostId = newId('host')
  const agent: FakeAgent = await startFakeAgent({
    authority: authorityFor(ca, hostId),
    hostId,
    installationId: ca.installationId,
  })
  agent.setFault({ kind: 'slow', delayMs: 30 }, 'applyMount')
  await makeHost(database.prisma, { id: hostId, address: agent.address })
  const ids: string[] = []
  const request = async () => {
    const mount = await makeMount(database.prisma, { hostIds: [hostId] })
    const id = newId('operation')
    await database.prisma.operation.create({
      data: {
        id,
        kind: 'mount.apply',
        requestedBy: 'test',
        payload: { mountId: mount.id, hostIds: [hostId] },
        hosts: { create: { hostId } },
      },
    })
    ids.push(id)
  }
  for (let round = 0; round < KILLS; round++) {
    for (let i = 0; i < OPERATIONS / KILLS; i++) await request()
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 300))
    await kill(child)
    child = await startController()
  }
  await waitFor(
    'every operation to end',
    async () =>
      (await database.prisma.operation.count({ where: { id: { in: ids }, finishedAt: { not: null } } })) === ids.length,
    50_000,
  )
  const ended = await database.prisma.operation.findMany({ where: { id: { in: ids } }, include: { hosts: true } })
  expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([])
  expect(ended.flatMap(({ hosts }) => hosts.map(({ status }) => status))).toEqual(ids.map(() => 'succeeded'))
  expect(agent.mounts()).toHaveLength(ids.length)
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  expect((await exit)[0]).toBe(0)
  const lease = await database.prisma.lease.findFirstOrThrow({ where: { name: 'controller/lead' } })
  expect(lease.expiresAt.getTime()).toBe(0)
  await agent.stop()
  await database.close()
})
