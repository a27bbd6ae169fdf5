import { openFleetCa } from '@/lib/controller/fleet/fleet-ca'
import { expositionOf } from '@/testing/exposition-of-mounts'
import { type FakeAgent, startFakeAgent } from '@/testing/fake-agent'
import { authorityFor } from '@/testing/fleet'
import { testId } from '@/testing/ids'
import { SimulatedStorages } from '@/testing/simulated-storages'

/**
 * A process full of simulated hosts, started with an IPC channel. First message: `{ directory, hosts: [{ hostId, mountIds }], tellsSpeed }`; it
 * answers `{ addresses }` in that order. After that `{ hang: [hostIds] }` sets who takes requests and never answers, and
 * `{ offline: [hostIds] }` who is not there at all, and `{ usedBytes, measureEveryMs }` how much is used of each storage
 * and how often hosts measure it, 0 for with every question; all are answered when it is so.
 */
interface StartMessage {
  directory: string
  hosts: { hostId: string; mountIds: string[] }[]
  /** Also how fast the mounts are, as agents do with each measurement. */
  tellsSpeed: boolean
}

const TOTAL_BYTES = 4e12
let usedBytes = 1e12

/** What the storages hold moves with every question, and the age with it: about 2 KB of status with four mounts. */
function movingStorages(tellsSpeed: boolean): SimulatedStorages {
  let count = 0
  const usage = () => {
    const used = usedBytes + ++count * 4096
    return { totalBytes: TOTAL_BYTES, usedBytes: used, availableBytes: TOTAL_BYTES - used, fileCount: null }
  }
  const activity = () => ({
    seconds: 300,
    latencyMs: { mean: 2 + (count % 7), most: 9 + (count % 40) },
    io: {
      of: 'mount' as const,
      readBytesPerSecond: count % 9_000_000,
      writtenBytesPerSecond: count % 1_000_000,
      operationsPerSecond: count % 300,
      responseMs: 1 + (count % 5),
    },
  })
  return new SimulatedStorages({ usage, ...(tellsSpeed ? { activity } : {}), isMoving: true })
}

async function start({ directory, hosts, tellsSpeed }: StartMessage): Promise<FakeAgent[]> {
  const ca = await openFleetCa(directory)
  storages = movingStorages(tellsSpeed)
  const agents: FakeAgent[] = []
  for (const { hostId, mountIds } of hosts) {
    const { installationId } = ca
    const authority = authorityFor(ca, hostId)
    const agent = await startFakeAgent({ authority, hostId, installationId, storages, exposition: expositionOf })
    mountIds.forEach((mountId, index) => {
      const config = { server: `nas-${index}.example.org`, export_path: '/export/simulated' }
      const backend = { id: testId('backend', index), driver: 'nfs', config, secrets: {} }
      const place = { mountPoint: `/mnt/simulated-${index}`, readOnly: false, autoMount: true }
      agent.simulated.preload({ mountId, backend, ...place, desiredState: 'mounted' }, 1)
    })
    agents.push(agent)
  }
  return agents
}

let storages = movingStorages(false)
let agents: FakeAgent[] = []
type Message = StartMessage | { hang: string[] } | { offline: string[] } | { usedBytes: number; measureEveryMs: number }
process.on('message', async (message: Message) => {
  if ('usedBytes' in message) {
    usedBytes = message.usedBytes
    storages.measureEveryMs = message.measureEveryMs
    process.send?.({ usedBytes })
    return
  }
  if ('offline' in message) {
    const away = new Set(message.offline)
    await Promise.all(agents.map((agent) => (away.has(agent.hostId) ? agent.goOffline() : agent.comeBack())))
    process.send?.({ offline: away.size })
    return
  }
  if ('hang' in message) {
    const hanging = new Set(message.hang)
    for (const agent of agents) agent.setFault(hanging.has(agent.hostId) ? { kind: 'hang' } : null)
    process.send?.({ hanging: hanging.size })
    return
  }
  agents = await start(message)
  process.send?.({ addresses: agents.map(({ address }) => address) })
})
process.on('disconnect', () => process.exit(0))
