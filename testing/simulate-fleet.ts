import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Controller } from '@/lib/controller/controller'
import type { SweepReport } from '@/lib/controller/fleet/sweep'
import type { Database, Prisma } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { startTestFleet, type TestFleet } from '@/testing/fleet'

const DEFAULT_MOUNTS = 4

export interface SimulationOptions {
  database: Pick<Database, 'prisma' | 'provider'>
  /** Bundle of `testing/simulated-hosts.ts`. */
  hostsProgram: string
  hosts: number
  /** On each host, each of a backend that all of them have. Default 4. */
  mountsPerHost?: number
  /** Hosts tell how fast their mounts are, too. */
  tellsSpeed?: boolean
  /** The caller starts the controller as a whole; without it, it only leads and does what it is asked to. */
  startsLater?: boolean
}

export interface Simulation {
  controller: Controller
  hostIds: string[]
  /** These hosts are not there at all; the others are. */
  away(hostIds: readonly string[]): Promise<void>
  /** So much of each storage is used, of 4 TB, and hosts measure it as often; 0: with every question. */
  use(bytes: number, measureEveryMs: number): Promise<void>
  /** So many hosts, spread over the fleet, take requests and never answer. Returns their ids. */
  hang(count: number): Promise<Set<string>>
  stop(): Promise<void>
}

export interface RoundFigures {
  wallMs: number
  /** Of this process, all threads. */
  cpuSeconds: number
  rssMb: number
  /** Longest time, in milliseconds, that the event loop came late: everything else in the process waits that long. */
  loopDelayMs: number
  /** Hosts that do not hang and yet failed, in this round. */
  falselyFailed: number
  hangingFound: number
  /** Hosts that do not hang and yet count as not online, after this round. */
  falselyOffline: number
}

/** A controller on a real database with hosts in a process of their own, mounts and all; nothing runs until it is asked to. */
export async function simulateFleet(options: SimulationOptions): Promise<Simulation> {
  const { prisma } = options.database
  const fleet: TestFleet = await startTestFleet(options.database, { isIdle: true })
  const hosts = Array.from({ length: options.hosts }, () => ({ hostId: newId('host'), mountIds: [] as string[] }))
  const child = fork(options.hostsProgram, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await insertMounts(prisma, hosts, options.mountsPerHost ?? DEFAULT_MOUNTS)
  const { addresses } = await ask<{ addresses: string[] }>(child, {
    directory: path.join(fleet.directory, 'controller'),
    hosts,
    tellsSpeed: options.tellsSpeed ?? false,
  })
  const certificateNotAfter = new Date(Date.now() + 30 * 86_400_000)
  await prisma.host.createMany({
    data: hosts.map(({ hostId }, index) => ({
      id: hostId,
      name: `simulated-${index}`,
      address: addresses[index] ?? '',
      labels: {},
      certificateNotAfter,
    })),
  })
  await prisma.mountOnHost.createMany({
    data: hosts.flatMap(({ hostId, mountIds }) =>
      mountIds.map((mountId) => ({ mountId, hostId, observedGeneration: 1 })),
    ),
  })
  const { controller } = fleet
  if (!options.startsLater) {
    await Promise.all([controller.observations.load(), controller.directory.refresh()])
    await controller.leadership.start()
  }
  return {
    controller,
    hostIds: hosts.map(({ hostId }) => hostId),
    async hang(count) {
      const step = hosts.length / Math.max(1, count)
      const chosen = Array.from({ length: count }, (_, index) => hosts[Math.floor(index * step)]?.hostId ?? '')
      await ask(child, { hang: chosen })
      return new Set(chosen)
    },
    async away(hostIds) {
      await ask(child, { offline: hostIds })
    },
    async use(usedBytes, measureEveryMs) {
      await ask(child, { usedBytes, measureEveryMs })
    },
    async stop() {
      child.disconnect()
      await fleet.stop()
    },
  }
}

/** One sweep with its cost; `hanging` says who is meant to fail. */
export async function measureRound(simulation: Simulation, hanging: ReadonlySet<string>): Promise<RoundFigures> {
  const { controller } = simulation
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const before = process.cpuUsage()
  const report: SweepReport = await controller.sweep.round()
  await controller.observations.flush()
  const { user, system } = process.cpuUsage(before)
  delay.disable()
  const isFalselyOffline = (id: string) => !hanging.has(id) && controller.directory.get(id)?.status !== 'online'
  return {
    wallMs: Math.round(report.durationMs),
    cpuSeconds: (user + system) / 1e6,
    rssMb: Math.round(process.memoryUsage.rss() / 1e6),
    loopDelayMs: delay.max / 1e6,
    falselyFailed: report.failed.filter((id) => !hanging.has(id)).length,
    hangingFound: report.failed.filter((id) => hanging.has(id)).length,
    falselyOffline: simulation.hostIds.filter(isFalselyOffline).length,
  }
}

async function insertMounts(prisma: Database['prisma'], hosts: { mountIds: string[] }[], count: number): Promise<void> {
  const backends: Prisma.BackendCreateManyInput[] = []
  const mounts: Prisma.MountCreateManyInput[] = []
  for (let index = 0; index < count; index++) {
    const backendId = newId('backend')
    const mountId = newId('mount')
    const name = `simulated-${index}`
    backends.push({ id: backendId, name, driver: 'nfs', config: {}, source: `nas:/${name}` })
    mounts.push({ id: mountId, name, backendId, mountPoint: `/mnt/${name}` })
    for (const host of hosts) host.mountIds.push(mountId)
  }
  await prisma.backend.createMany({ data: backends })
  await prisma.mount.createMany({ data: mounts })
}

async function ask<T>(child: ChildProcess, message: object): Promise<T> {
  const answer = once(child, 'message') as Promise<[T]>
  child.send(message)
  return (await answer)[0]
}
