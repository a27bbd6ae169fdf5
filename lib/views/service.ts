import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import * as repository from '@/lib/views/repository'
import { type ChangeView, type SavedViewView, type SaveView, ViewList } from '@/lib/views/schema'

/** Of one person, over all lists: more than anybody picks from, and an end for a script that does not. */
const MOST = 200

/** The person's own, by name. */
export async function listViews(
  actor: Actor,
  { list }: { list?: ViewList | undefined },
): Promise<{ data: SavedViewView[]; total: number }> {
  authorize(actor, 'account.own')
  const person = personOf(actor)
  const rows = person === null ? [] : await repository.findAll(person, list)
  const data = rows.map(viewOf).toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
  return { data, total: data.length }
}

/** Throws `conflict` for a name that this person has given in this list already. */
export async function saveView(actor: Actor, given: SaveView): Promise<SavedViewView> {
  authorize(actor, 'account.own')
  const userId = personOf(actor)
  if (userId === null) throw new HoldfastError('forbidden', 'Views belong to a person; this token belongs to nobody.')
  return inTransaction(async (tx) => {
    if ((await repository.count(tx, userId)) >= MOST)
      throw new HoldfastError('conflict', `You have ${MOST} views; delete one first.`)
    const row = await conflictOn(
      () => repository.insert(tx, { id: newId('view'), userId, ...given }),
      () => alreadyThere(given.name),
    )
    await recordAudit(tx, actor, { action: 'view.saved', target: targetOf(row), change: given })
    return viewOf(row)
  })
}

/** Another name, other filters, or both. Throws as {@link saveView}, and `not_found` for a view of somebody else. */
export async function changeView(actor: Actor, id: string, given: ChangeView): Promise<SavedViewView> {
  authorize(actor, 'account.own')
  return inTransaction(async (tx) => {
    const before = await repository.findOwn(tx, id, personOf(actor) ?? '')
    if (!before) throw notFound()
    const row = await conflictOn(
      () => repository.update(tx, id, given),
      () => alreadyThere(given.name ?? before.name),
    )
    const { name, query } = before
    await recordAudit(tx, actor, {
      action: 'view.changed',
      target: targetOf(row),
      change: { before: { name, query }, after: given },
    })
    return viewOf(row)
  })
}

export async function deleteView(actor: Actor, id: string): Promise<void> {
  authorize(actor, 'account.own')
  await inTransaction(async (tx) => {
    const row = await repository.findOwn(tx, id, personOf(actor) ?? '')
    if (!row) throw notFound()
    await repository.remove(tx, id)
    await recordAudit(tx, actor, { action: 'view.deleted', target: targetOf(row) })
  })
}

/** A token acts for the user who made it; null for one that the command line made. */
function personOf(actor: Actor): string | null {
  return (actor.kind === 'user' ? actor.id : actor.ownerId) ?? null
}

function targetOf({ id, name }: repository.ViewRecord) {
  return { kind: 'view', id, name }
}

function alreadyThere(name: string): string {
  return `You have a view '${name}' of this list already`
}

function notFound(): HoldfastError {
  return new HoldfastError('not_found', 'View not found')
}

function viewOf(row: repository.ViewRecord): SavedViewView {
  return {
    id: row.id,
    list: ViewList.parse(row.list),
    name: row.name,
    query: row.query,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
