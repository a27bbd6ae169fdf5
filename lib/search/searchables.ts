import { attachTarget } from '@/lib/attach-targets/registry'
import type { Permission } from '@/lib/auth/permissions'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { serversOf } from '@/lib/drivers/servers'
import type { Searched } from '@/lib/search/rank'
import * as repository from '@/lib/search/repository'
import type { SearchHit, SearchKind } from '@/lib/search/schema'

/** One row of a kind; the first of its texts stands beside its name. */
export interface SearchableRow extends Searched {
  desired: SearchHit['desired']
}

export interface Searchable {
  kind: SearchKind
  /** Who lacks it finds none of them. */
  permission: Permission
  read(): Promise<SearchableRow[]>
}

const labelTexts = (labels: unknown): string[] =>
  Object.entries((labels ?? {}) as Record<string, string>).map(([key, value]) => `${key}=${value}`)

const titleOf = (driver: string) => (isDriverId(driver) ? driverById(driver).title : driver)

/** Everything that can be searched for. A kind that is added here is found in the palette too. */
export const SEARCHABLES: readonly Searchable[] = [
  {
    kind: 'backend',
    permission: 'backends.read',
    read: async () =>
      (await repository.findBackends()).map(({ id, name, source, driver }) => ({
        id,
        name,
        texts: [source, titleOf(driver), driver],
        desired: null,
      })),
  },
  {
    kind: 'pool',
    permission: 'pools.read',
    read: async () => {
      const [pools, backends] = await Promise.all([repository.findPools(), repository.findBackends()])
      const backendOf = new Map(backends.map((backend) => [backend.id, backend]))
      return pools.map(({ id, name, backendId, targetLabels }) => {
        const backend = backendOf.get(backendId)
        const texts = backend ? [backend.source, backend.name, titleOf(backend.driver)] : []
        return { id, name, texts: [...texts, ...labelTexts(targetLabels)], desired: null }
      })
    },
  },
  {
    kind: 'volume',
    permission: 'volumes.read',
    read: async () => {
      const [volumes, pools] = await Promise.all([repository.findVolumes(), repository.findPools()])
      const poolOf = new Map(pools.map((pool) => [pool.id, pool.name]))
      return volumes.map(({ id, name, poolId, phase }) => {
        const pool = poolOf.get(poolId) ?? ''
        return { id, name, texts: phase === 'trashed' ? [`${pool}, in the trash`] : [pool], desired: null }
      })
    },
  },
  {
    kind: 'mount',
    permission: 'mounts.read',
    read: async () => {
      const [mounts, backends] = await Promise.all([repository.findMounts(), repository.findBackends()])
      const backendOf = new Map(backends.map((backend) => [backend.id, backend]))
      return mounts.map(({ id, name, mountPoint, backendId, targetLabels, desiredState, deletedAt }) => {
        const backend = backendOf.get(backendId)
        return {
          id,
          name,
          texts: [mountPoint, ...(backend ? [backend.source, backend.name] : []), ...labelTexts(targetLabels)],
          desired: deletedAt === null ? desiredState : 'removing',
        }
      })
    },
  },
  {
    kind: 'host',
    permission: 'hosts.read',
    read: async () =>
      (await repository.findHosts()).map(({ id, name, address, labels }) => ({
        id,
        name,
        texts: [address, ...labelTexts(labels)],
        desired: null,
      })),
  },
  {
    kind: 'workload',
    permission: 'workloads.read',
    read: async () =>
      (await repository.findWorkloads()).map(({ id, name, target, image, nativeId, host }) => ({
        id,
        name,
        texts: [host.name, attachTarget(target)?.title ?? target, image ?? '', nativeId].filter((text) => text !== ''),
        desired: null,
      })),
  },
  {
    kind: 'server',
    permission: 'backends.read',
    read: async () => {
      const backends = await repository.findBackendServers()
      const found = backends.flatMap(({ name, driver, config }) =>
        serversOf(driver, config as Record<string, unknown>).map((server) => ({ server, name })),
      )
      return [...Map.groupBy(found, ({ server }) => server)].map(([server, of]) => ({
        id: server,
        name: server,
        texts: [of.map(({ name }) => name).join(', ')],
        desired: null,
      }))
    },
  },
]
