import type { Handlers } from '@/agent/server/handlers'
import type { CommandEnvelope } from '@/lib/agent-protocol/messages'
import type { WirePool } from '@/lib/agent-protocol/pools'
import type { SimulatedFiles } from '@/testing/simulated-files'
import type { SimulatedJobs } from '@/testing/simulated-jobs'
import type { SimulatedPools } from '@/testing/simulated-pools'
import { bytesOf } from '@/testing/simulated-volumes'

export interface SimulatedPoolParts {
  pools: SimulatedPools
  files: SimulatedFiles
  jobs: SimulatedJobs
  /** Throws for a command that a newer one has overtaken. */
  checkFreshness(command: CommandEnvelope): void
  /** Whether what the pool lies on is mounted, or connected. */
  isGroundThere(pool: WirePool): boolean
  /** Where a mount is on the host. */
  placeOf(mountId: string): string
}

type PoolVerb =
  | 'openPool'
  | 'closePool'
  | 'keepPools'
  | 'workOnVolume'
  | 'listFiles'
  | 'beginUpload'
  | 'lookAtUpload'
  | 'finishUpload'
  | 'dropUpload'

/** What a simulated host answers about its pools, their volumes and their files. */
export function poolAnswers({
  pools,
  files,
  jobs,
  checkFreshness,
  isGroundThere,
  placeOf,
}: SimulatedPoolParts): Pick<Handlers, PoolVerb> {
  return {
    async openPool({ pool, ...command }, call) {
      checkFreshness(command)
      call.log(`Opening ${pool.backend.driver}`)
      return pools.open(pool, command.generation, isGroundThere(pool))
    },
    async closePool({ pool, forGood, ...command }, call) {
      checkFreshness(command)
      call.log(`Closing ${pool.backend.driver}`)
      pools.close(pool, forGood)
      return { closed: true as const }
    },
    async keepPools({ loans }) {
      const { leases } = pools
      for (const { poolId, stamp } of loans) leases.lend(poolId, stamp)
      return { stamp: leases.stamp(), kept: leases.kept() }
    },
    async workOnVolume({ poolId, volumeId, work, ...command }, call) {
      const known = jobs.find(command.operationId)
      if (known !== null) return known
      checkFreshness(command)
      await pools.readyFor(poolId, call.signal)
      const sized = ('sizeBytes' in work ? work.sizeBytes : null) ?? null
      const change = pools.prepare(poolId, volumeId, work)
      const exported = () =>
        work.do === 'export' ? { exported: files.export(work, placeOf(work.to.mountId), command.operationId) } : {}
      const finish = () => {
        const done = change()
        const isUsed = done.volume?.isInUse === true
        const how = work.do === 'snapshot' ? { consistency: isUsed ? ('crash' as const) : ('unused' as const) } : {}
        return { ...done, ...exported(), ...how }
      }
      const bytes = bytesOf(work, sized)
      return jobs.start(command.operationId, {
        kind: 'workOnVolume',
        sizeBytes: bytes ?? 0,
        ticks: bytes === null ? 0 : 8,
        finish,
      })
    },
    listFiles: async (request) => files.list(request),
    beginUpload: async (request) => files.begin(request),
    lookAtUpload: async (request) => files.look(request),
    finishUpload: async (request) => files.finish(request),
    dropUpload: async (request) => files.drop(request),
  }
}
