import { openFleetCa } from '@/lib/controller/fleet/fleet-ca'
import { type FakeAgent, startFakeAgent } from '@/testing/fake-agent'
import { authorityFor } from '@/testing/fleet'
import { testId } from '@/testing/ids'
import { SimulatedStorages } from '@/testing/simulated-storages'

/**
 * A process full of simulated hosts, started with an IPC channel. First message: `{ directory, hosts: [{ hostId, mountIds }] }`; it
 * answers `{ addresses }` in that order. After that `{ hang: [hostIds] }` sets who takes requests and never answers, and
 * `{ offline: [hostIds] }` who is not there at all; both are answered when it is so.
 */
interface StartMessage {
  directory: string
  hosts: { hostId: string; mountIds: string[] }[]
}

/** What the storages hold moves with every question, and the age with it: about 2 KB of status with four mounts. */
function movingStorages(): SimulatedStorages {
  let count = 0
  const usage = () => ({ totalBytes: 4e12, usedBytes: 1e12 + ++count * 4096, availableBytes: 3e12, fileCount: null })
  return new SimulatedStorages({ usage, isMoving: true })
}

async function start({ directory, hosts }: StartMessage): Promise<FakeAgent[]> {
  const ca = await openFleetCa(directory)
  const storages = movingStorages()
  const agents: FakeAgent[] = []
  for (const { hostId, mountIds } of hosts) {
    const { installationId } = ca
    const agent = await startFakeAgent({ authority: authorityFor(ca, hostId), hostId, installationId, storages })
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

let agents: FakeAgent[] = []
process.on('message', async (message: StartMessage | { hang: string[] } | { offline: string[] }) => {
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
