import type { ObservedMount } from '@/lib/agent-protocol/operations'
import { openFleetCa } from '@/lib/controller/fleet-ca'
import { type FakeAgent, startFakeAgent } from '@/lib/testing/fake-agent'
import { authorityFor } from '@/lib/testing/fleet'

/**
 * A process full of simulated hosts, started with an IPC channel. First message: `{ directory, hosts: [{ hostId, mountIds }] }`; it
 * answers `{ addresses }` in that order. After that `{ hang: [hostIds] }` sets who takes requests and never answers, and is
 * answered with `{ hanging }`.
 */
interface StartMessage {
  directory: string
  hosts: { hostId: string; mountIds: string[] }[]
}

/** About 2 KB of status with four mounts, as a real host sends; usage and age move with every question. */
function statusOf(mountIds: string[], startedAt: string, count: number): ObservedMount[] {
  const now = new Date().toISOString()
  return mountIds.map((mountId, index) => ({
    mountId,
    mountPoint: `/mnt/simulated-${index}`,
    state: 'mounted',
    generation: 1,
    desiredState: 'mounted',
    since: startedAt,
    observedAt: now,
    options: 'rw,nosuid,nodev,relatime,vers=4.2,rsize=1048576,wsize=1048576,hard,proto=tcp,timeo=600,retrans=2',
    source: `nas-${index}.example.org:/export/simulated`,
    fsType: 'nfs4',
    guard: 'immutable',
    error: null,
    usage: { totalBytes: 4e12, usedBytes: 1e12 + count * 4096, availableBytes: 3e12, fileCount: null },
    usageAt: now,
  }))
}

async function start({ directory, hosts }: StartMessage): Promise<FakeAgent[]> {
  const ca = await openFleetCa(directory)
  const startedAt = new Date().toISOString()
  const agents: FakeAgent[] = []
  for (const { hostId, mountIds } of hosts) {
    let count = 0
    agents.push(
      await startFakeAgent({
        authority: authorityFor(ca, hostId),
        hostId,
        installationId: ca.installationId,
        handlers: {
          status: async () => ({
            now: new Date().toISOString(),
            startedAt,
            mounts: statusOf(mountIds, startedAt, ++count),
          }),
        },
      }),
    )
  }
  return agents
}

let agents: FakeAgent[] = []
process.on('message', async (message: StartMessage | { hang: string[] }) => {
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
