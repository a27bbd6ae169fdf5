import type { Db } from '@/lib/db/client'
import { conflictOn } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import { overridesOf } from '@/lib/mounts/effective'
import { requireFreePlace } from '@/lib/mounts/free-place'
import * as repository from '@/lib/mounts/rollout-repository'
import { MountWish, type RowBefore } from '@/lib/mounts/rollout-wish'
import type { RolloutKind } from '@/lib/rollouts/kind'

/** Mounts in rollouts. */
export const mountRollout: RolloutKind = {
  name: 'mount',
  topic: 'mount',
  hold: repository.hold,
  release: repository.release,
  findHolders: repository.findHolders,
  remember: repository.rememberMounts,
  restore: (tx, id, wish, hostIds, at) => restore(tx, id, MountWish.parse(wish), hostIds, at),
  async leaveAsIs(tx, id, stored, operationId, of) {
    const wish = MountWish.parse(stored)
    await refuseLastingDrift(tx, id, wish, of === 'backend')
    await leaveAsIs(tx, id, wish, operationId)
  },
}

async function restore(tx: Db, id: string, wish: MountWish, concerned: ReadonlySet<string>, at: Date): Promise<void> {
  const { definition } = wish
  await requireOldPlace(tx, id, wish, concerned)
  const generation = await conflictOn(
    () => repository.restoreMount(tx, id, wish, at),
    () => `Another mount is called '${definition?.name}' now; rename that one first.`,
  )
  if (generation === null) {
    if (definition === null) return
    throw new HoldfastError('conflict', `Mount '${definition.name}' is gone from every host; create it anew.`)
  }
  const rows = await repository.findRows(tx, id)
  const has = new Map(rows.map((row) => [row.hostId, row]))
  const wanted = wish.rows.filter(({ hostId }) => concerned.has(hostId))
  const isHeld = ({ hostId }: { hostId: string }) => (has.get(hostId)?.heldBy ?? null) !== null
  await repository.restoreRows(tx, id, wanted.filter(isHeld))
  const reached = wanted.filter((row) => !isHeld(row))
  const isThere = ({ hostId }: { hostId: string }) => has.has(hostId)
  await repository.restoreRows(tx, id, reached.filter(isThere), generation)
  const missing = reached.filter((row) => !isThere(row))
  await repository.insertRows(tx, id, missing, generation)
  const had = new Set(wish.rows.map(({ hostId }) => hostId))
  const strangers = rows.filter(({ hostId }) => !had.has(hostId))
  const ids = (chosen: typeof strangers) => chosen.map(({ hostId }) => hostId)
  const told = strangers.filter((row) => !isHeld(row))
  const isToLeave = ({ hostId }: { hostId: string }) => definition === null || concerned.has(hostId)
  await repository.buryRows(tx, id, ids(told.filter(isToLeave)), generation)
  const staying = told.filter((row) => !isToLeave(row))
  await repository.tellAgain(tx, id, ids(staying), generation)
  await repository.dropRows(tx, id, ids(strangers.filter(isHeld)))
}

/** Throws `conflict` when another mount has come to the place that hosts are to return to. */
async function requireOldPlace(tx: Db, id: string, wish: MountWish, concerned: ReadonlySet<string>): Promise<void> {
  const place = wish.definition?.mountPoint
  if (place === undefined || (await repository.findPolicy(tx, id))?.mountPoint === place) return
  const returning = wish.rows.filter((row) => concerned.has(row.hostId) && !row.removed)
  const placeOf = (row: (typeof returning)[number]) => overridesOf(row.overrides).mount_point ?? place
  for (const [there, rows] of Map.groupBy(returning, placeOf))
    await requireFreePlace(
      tx,
      id,
      there,
      rows.map(({ hostId }) => hostId),
    )
}

/** Hosts that keep the old settings differ from the definition, and that is what `repair` undoes. */
async function refuseLastingDrift(tx: Db, id: string, { definition }: MountWish, ofBackend: boolean): Promise<void> {
  const now = await repository.findPolicy(tx, id)
  if (now?.onDrift !== 'repair' || definition === null) return
  if (!ofBackend && definition.readOnly === now.readOnly) return
  const message = `Mount '${now.name}' repairs hosts that differ from its definition, so they cannot stay as they are; resume the rollout or roll it back.`
  throw new HoldfastError('conflict', message)
}

function stayingAt(place: string, row: RowBefore): RowBefore {
  return { ...row, overrides: { mount_point: place, ...overridesOf(row.overrides) } }
}

async function leaveAsIs(tx: Db, id: string, wish: MountWish, operationId: string): Promise<void> {
  const rows = await repository.findRows(tx, id)
  const held = rows.filter((row) => row.heldBy === operationId).map(({ hostId }) => hostId)
  const had = wish.rows.filter(({ hostId }) => held.includes(hostId))
  const now = await repository.findPolicy(tx, id)
  const place = wish.definition?.mountPoint
  // Where it is mounted otherwise by now, these hosts are the exception.
  const stays = place === undefined || place === now?.mountPoint ? had : had.map((row) => stayingAt(place, row))
  await repository.restoreRows(tx, id, stays)
  const strangers = held.filter((hostId) => !had.some((row) => row.hostId === hostId))
  await repository.leaveUnmounted(tx, id, strangers)
  await repository.keepMount(tx, id, wish)
}
