import { db } from '@/lib/db/client'

/* Only what is searched: a search reads every row, since the two engines disagree about case. */

export function findBackends() {
  return db().backend.findMany({ select: { id: true, name: true, source: true, driver: true } })
}

/** With what says which servers they have. */
export function findBackendServers() {
  return db().backend.findMany({ select: { name: true, driver: true, config: true }, orderBy: { id: 'asc' } })
}

export function findHosts() {
  return db().host.findMany({ select: { id: true, name: true, address: true, labels: true } })
}

/** Without their backends: a join of thousands costs more than reading those once. */
export function findMounts() {
  return db().mount.findMany({
    select: {
      id: true,
      name: true,
      mountPoint: true,
      backendId: true,
      targetLabels: true,
      desiredState: true,
      deletedAt: true,
    },
  })
}

export function findPools() {
  return db().pool.findMany({ select: { id: true, name: true, backendId: true, targetLabels: true } })
}

export function findWorkloads() {
  return db().workload.findMany({
    select: { id: true, name: true, target: true, image: true, nativeId: true, host: { select: { name: true } } },
  })
}

/** Those in the trash too: that is where somebody looks for what is missed. */
export function findVolumes() {
  return db().volume.findMany({ select: { id: true, name: true, poolId: true, phase: true } })
}
