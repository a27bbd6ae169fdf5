import { db } from '@/lib/db/client'

/** Hosts that mounts can be on, as the columns of the matrix need them. */
export function findMatrixHosts() {
  return db().host.findMany({
    where: { OR: [{ revokedAt: null }, { mounts: { some: {} } }] },
    select: { id: true, name: true, observedStatus: true, labels: true, observedAt: true },
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
    select: {
      mountId: true,
      hostId: true,
      desiredState: true,
      removed: true,
      observedState: true,
      observedSince: true,
      observedError: true,
      observedProblem: true,
    },
  })
}

/** What only cells with a problem need: the words of their advice may be different on a host. */
export function findMatrixOverrides() {
  return db().mountOnHost.findMany({
    where: { observedProblem: { not: null } },
    select: { mountId: true, hostId: true, overrides: true },
  })
}
