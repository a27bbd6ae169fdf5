import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DemoApi } from '@/demo/api'
import { fillAvailability } from '@/demo/availability'
import { type DemoFleet, FaultScript, faultsAtStart } from '@/demo/faults'
import { DemoPools } from '@/demo/fill-pools'
import { backendsWithPast, fillFleetHistory, fillHistory, poolsWithPast } from '@/demo/history'
import { demoHosts } from '@/demo/hosts'
import { fillDeliveries, makeHeartbeat, makeNotifiers, startReceiver } from '@/demo/notifiers'
import { fillPastAlerts, maintainOne, silenceOne } from '@/demo/past-alerts'
import { fillRepositories } from '@/demo/repositories'
import { demoActivity, demoWaits, fillSpeed } from '@/demo/speed'
import { DEMO_BACKENDS, DEMO_CONNECTIONS, DEMO_MOUNTS } from '@/demo/storages'
import { demoWorkloads } from '@/demo/workloads'
import { type Actor, systemActor } from '@/lib/auth/actor'
import { openFleetCa } from '@/lib/controller/fleet/fleet-ca'
import { closeDatabase, db, initDatabase, openDatabase } from '@/lib/db/client'
import { migrateDatabase } from '@/lib/db/migrate'
import { DRIVER_IDS } from '@/lib/drivers/registry'
import { type Env, readEnv } from '@/lib/env'
import { toHoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { DEMO_USER } from '@/lib/installation/demo-user'
import { refreshForecasts } from '@/lib/monitoring/forecasts'
import type { MountView } from '@/lib/mounts/schema'
import { prepareStateDir, requirePort } from '@/lib/supervisor/preflight'
import { Supervisor } from '@/lib/supervisor/supervisor'
import { createUser } from '@/lib/users/service'
import { createToken } from '@/lib/users/tokens'
import { type FakeAgent, startFakeAgent } from '@/testing/fake-agent'
import { authorityFor } from '@/testing/fleet'
import { addressOf, SimulatedStorages } from '@/testing/simulated-storages'
import { SimulatedWorkloads } from '@/testing/simulated-workloads'

/**
 * `npm run demo`: the real product over simulated hosts and storages, in a directory that is thrown away. It listens on loopback
 * only; `HOLDFAST_PORT` chooses the port. Ctrl-C ends it and removes everything.
 */
const STEP_MS = 180
const ACTOR: Actor = systemActor('demo')

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Only the port may come from outside: a demo must never meet a real installation. */
function demoEnv(stateDir: string): Env {
  const port = process.env.HOLDFAST_PORT
  for (const name of Object.keys(process.env)) if (name.startsWith('HOLDFAST_')) delete process.env[name]
  Object.assign(process.env, {
    HOLDFAST_DEMO: '1',
    HOLDFAST_HOST: '127.0.0.1',
    HOLDFAST_STATE_DIR: stateDir,
    // Where the receiver of the demo's messages listens.
    HOLDFAST_NOTIFIER_NETWORKS: '127.0.0.1',
    ...(port ? { HOLDFAST_PORT: port } : {}),
  })
  return readEnv()
}

/** Types whose file systems tell how many inodes they have. */
const INODES_OF = new Set(['nfs', 'local-dir'])

/** As ext4 makes them, one for 16 KiB, with files of some 40 KiB. */
function inodesFor(total: number, used: number) {
  return { total: Math.floor(total / 16_384), used: Math.ceil(used / 40_000) }
}

function demoStorages(): SimulatedStorages {
  const startedAt = Date.now()
  const sizes = new Map(DEMO_BACKENDS.map(({ config, size }) => [addressOf({ config }), size]))
  return new SimulatedStorages({
    isMoving: true,
    stepMs: STEP_MS,
    activity: (backend, hostId) => demoActivity(backend.driver, hostId, new Date()),
    waits: (backend, hostId) => demoWaits(backend.driver, hostId, new Date()) ?? undefined,
    usage(backend) {
      const size = sizes.get(addressOf(backend))
      if (!size) return { totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null }
      // A little more every minute, as disks do.
      const used = Math.min(size.total, size.used * (1 + (Date.now() - startedAt) / 60_000 / 2_000))
      const inodes = INODES_OF.has(backend.driver) ? { inodes: inodesFor(size.total, used) } : {}
      return { totalBytes: size.total, usedBytes: used, availableBytes: size.total - used, fileCount: null, ...inodes }
    },
  })
}

/** What hosts run, by the name of the host; nothing until the mounts are there. */
const workloads = new Map<string, SimulatedWorkloads>()

async function startHosts(env: Env, storages: SimulatedStorages): Promise<Map<string, FakeAgent>> {
  const ca = await openFleetCa(env.controllerDir)
  const agents = new Map<string, FakeAgent>()
  const rows = []
  for (const { name, labels, info } of demoHosts(DRIVER_IDS)) {
    const hostId = newId('host')
    const { installationId } = ca
    const runs = new SimulatedWorkloads()
    workloads.set(name, runs)
    const given = { hostId, installationId, info, storages, kinds: [runs] }
    const agent = await startFakeAgent({ authority: authorityFor(ca, hostId), ...given })
    agents.set(name, agent)
    const certificateNotAfter = new Date(Date.now() + 30 * 86_400_000)
    rows.push({ id: hostId, name, labels, address: agent.address, certificateNotAfter })
  }
  await db().host.createMany({ data: rows })
  return agents
}

/** Backends and mounts, through the API. Returns their ids by name. */
async function define(api: DemoApi, agents: ReadonlyMap<string, FakeAgent>) {
  const backends = new Map<string, string>()
  for (const { name, type, config } of DEMO_BACKENDS) {
    const { id } = await api.post<{ id: string }>('/storage/backends', { name, type, config })
    backends.set(name, id)
  }
  const mounts = new Map<string, string>()
  for (const { backend, targets, ...mount } of DEMO_MOUNTS) {
    const backendId = backends.get(backend)
    if (backendId === undefined) continue
    const hosts = Array.isArray(targets)
      ? { host_ids: targets.map((name) => agents.get(name)?.hostId) }
      : targets === 'all'
        ? { targets }
        : { targets: 'labels', target_labels: targets }
    const { id } = await api.post<{ id: string }>('/storage/mounts', { ...mount, backend_id: backendId, ...hosts })
    mounts.set(mount.name, id)
  }
  for (const id of backends.values()) await api.post(`/storage/backends/${id}/test`, {})
  for (const { backend, host } of DEMO_CONNECTIONS) {
    const id = backends.get(backend)
    if (id !== undefined) await api.post(`/storage/backends/${id}/connect`, { host_id: agents.get(host)?.hostId })
  }
  return { backends, mounts }
}

/** Containers and machines, with the mounts that their hosts have. */
async function startWorkloads(api: DemoApi, agents: ReadonlyMap<string, FakeAgent>): Promise<void> {
  const { data } = await api.list<MountView>('/storage/mounts?limit=5000')
  for (const [host, runs] of workloads) {
    const hostId = agents.get(host)?.hostId ?? ''
    const here = data.filter(({ hosts }) => hosts.some((each) => each.host_id === hostId))
    const places = new Map(here.map((mount) => [mount.name, { id: mount.id, mountPoint: mount.mount_point }]))
    runs.show(demoWorkloads(host, hostId, places))
  }
}

async function run(stateDir: string): Promise<() => Promise<void>> {
  const env = demoEnv(stateDir)
  await requirePort('HOLDFAST_PORT', env.host, env.port)
  await requirePort('HOLDFAST_PORT', env.fleetHost, env.fleetPort)
  await prepareStateDir(env)
  await migrateDatabase({ url: env.databaseUrl, directory: path.resolve('prisma/migrations') })
  await initDatabase(env)
  say('Starting 50 simulated hosts …')
  const startedAt = new Date()
  const storages = demoStorages()
  faultsAtStart(storages)
  const agents = await startHosts(env, storages)
  await createUser(ACTOR, { ...DEMO_USER, role: 'admin' })
  const { token } = await createToken(ACTOR, { name: 'demo', role: 'admin', expires_in_days: 1 })
  await closeDatabase()
  const supervisor = new Supervisor(env, say)
  const receiver = await startReceiver()
  let script: FaultScript | undefined
  let pools: DemoPools | undefined
  const database = await openDatabase(env.databaseUrl)
  const stop = async () => {
    script?.stop()
    pools?.stop()
    await database.close()
    await supervisor.stop()
    await receiver.stop()
    await Promise.all([...agents.values()].map((agent) => agent.stop()))
  }
  try {
    await supervisor.start()
    const api = new DemoApi(env.publicUrl, token)
    const { backends, mounts } = await define(api, agents)
    await startWorkloads(api, agents)
    const fleet: DemoFleet = { agents, storages, mounts }
    script = new FaultScript(fleet)
    void script.start()
    pools = new DemoPools(api, fleet, database.prisma, workloads)
    fillRepositories(api, backends).catch((error: unknown) =>
      say(`The repositories of the demo are not complete: ${error}`),
    )
    // Volumes come one after the other; the demo can be looked at meanwhile.
    pools
      .start(backends)
      .catch((error: unknown) => say(`The pools of the demo are not complete: ${error}`))
      .then(async () => fillHistory(database.prisma, await poolsWithPast(database.prisma), startedAt))
      .then(() => refreshForecasts(database.prisma, new Date()))
      .then(() => silenceOne(api, new Date()))
      .then(() => maintainOne(api, new Date()))
      .catch((error: unknown) => say(`The pools of the demo have no past: ${error}`))
    await fillPastAlerts(database.prisma, startedAt)
    await fillAvailability(database.prisma, new Date())
    await api.post('/monitoring/reachability/checks', {})
    await fillDeliveries(database.prisma, await makeNotifiers(api, receiver), startedAt)
    await makeHeartbeat(api, receiver)
    const things = await backendsWithPast(database.prisma)
    fillHistory(database.prisma, things, startedAt)
      .then(() => fillFleetHistory(database.prisma, things, startedAt))
      .then(() => fillSpeed(database.prisma, startedAt))
      .then(() => refreshForecasts(database.prisma, new Date()))
      .catch((error: unknown) => say(`The backends of the demo have no past: ${error}`))
  } catch (error) {
    await stop()
    throw error
  }
  say(`
  The Holdfast demo is running at ${env.publicUrl}
  Sign in as ${DEMO_USER.username} with the password ${DEMO_USER.password}
  Hosts and storages are simulated, faults come and go. In a form, a server that ends in .invalid, the secret "wrong" and a
  directory called "missing" fail their test. Ctrl-C ends it and removes everything.
`)
  return stop
}

const stateDir = mkdtempSync(path.join(tmpdir(), 'holdfast-demo-'))
process.on('exit', () => rmSync(stateDir, { recursive: true, force: true }))
let isStopping = false
let running: Promise<() => Promise<void>> | undefined
async function end(): Promise<void> {
  say('Stopping the demo …')
  await running?.then((stop) => stop()).catch(() => undefined)
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (isStopping) return
    isStopping = true
    void end()
  })
}
try {
  running = run(stateDir)
  await running
} catch (error) {
  const known = toHoldfastError(error)
  say(`holdfast: ${known.code === 'internal' && error instanceof Error ? error.message : known.message}`)
  process.exit(1)
}
