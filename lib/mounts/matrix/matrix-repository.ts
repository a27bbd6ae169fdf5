import { db } from '@/lib/db/client'
import { JUDGED_ON_HOST } from '@/lib/mounts/judged-columns'

/** Hosts that mounts can be on, as the columns of the matrix need them. */
export function findMatrixHosts() {
  return db().host.findMany({
    where: { OR: [{ revokedAt: null }, { mounts: { some: {} } }] },
    select: {
      id: true,
      name: true,
      observedStatus: true,
      revokedAt: true,
      updatedAt: true,
      labels: true,
      observedAt: true,
    },
    orderBy: { name: 'asc' },
  })
}

export function findMatrixMounts() {
  return db().mount.findMany({
    select: {
      id: true,
      name: true,
      mountPoint: true,
      readOnly: true,
      deletedAt: true,
      backend: { select: { id: true, name: true, driver: true, source: true, config: true } },
    },
    orderBy: { name: 'asc' },
  })
}

export function findMatrixCells() {
  return db().mountOnHost.findMany({
    select: { mountId: true, ...JUDGED_ON_HOST },
  })
}
