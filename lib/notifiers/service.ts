import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { refuseFields } from '@/lib/backends/destinations'
import type { Db } from '@/lib/db/client'
import { conflictOn, taken } from '@/lib/db/conflict'
import { destinationChangeOf } from '@/lib/db/sealed-secrets'
import { inTransaction } from '@/lib/db/transaction'
import { enterAgain } from '@/lib/drivers/descriptor-destination'
import { parseInput, replaceInput } from '@/lib/drivers/descriptor-input'
import { HoldfastError } from '@/lib/errors'
import { publishChanged, publishWanted } from '@/lib/events/process-bus'
import { IS_REQUIRED } from '@/lib/field-messages'
import { newId } from '@/lib/ids'
import { sealSecrets } from '@/lib/installation/service'
import { changeOf, notifierDestination } from '@/lib/notifiers/destination'
import { type AnyNotifier, notifierByType } from '@/lib/notifiers/registry'
import * as repository from '@/lib/notifiers/repository'
import type { CreateNotifier, NotifierView, UpdateNotifier } from '@/lib/notifiers/schema'
import { notifierView } from '@/lib/notifiers/view'

export async function listNotifiers(
  actor: Actor,
  query: { limit: number; cursor?: string | undefined },
): Promise<{ data: NotifierView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'notifiers.read')
  const [rows, total, waiting] = await Promise.all([
    repository.findPage(query.cursor, query.limit + 1),
    repository.count(),
    repository.countWaiting(),
  ])
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return {
    data: page.map((row) => notifierView(row, waiting.get(row.id) ?? 0)),
    total,
    ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}),
  }
}

export async function getNotifier(actor: Actor, id: string): Promise<NotifierView> {
  authorize(actor, 'notifiers.read')
  return viewOf(id)
}

/** Throws `invalid_input` per field, `conflict` for a name that is taken. */
export async function createNotifier(actor: Actor, given: CreateNotifier): Promise<NotifierView> {
  authorize(actor, 'notifiers.write')
  const descriptor = notifierByType(given.type)
  const { config, secrets } = parseInput(descriptor, given.config)
  requireSecrets(descriptor, (key) => Object.hasOwn(secrets, key))
  const id = newId('notifier')
  const sealed = await sealSecrets(id, secrets, [notifierDestination(descriptor, config)])
  const target = descriptor.describeTarget(config)
  const { name, enabled, rules } = given
  await inTransaction(async (tx) => {
    await write(tx, { id, name }, () =>
      repository.insert(tx, { id, name, type: descriptor.id, config, target, enabled, rules }, new Date()),
    )
    await repository.replaceSecrets(tx, id, sealed, [])
    await recordAudit(tx, actor, {
      action: 'notifier.created',
      target: { kind: 'notifier', id, name },
      change: { type: descriptor.id, config, enabled, rules, secrets: sealed.map(({ field }) => field) },
    })
  })
  publishChanged('notifier', id)
  return viewOf(id)
}

/**
 * Throws `precondition_failed` when the generation is not `ifMatch`, and `invalid_input` for a stored secret that would go elsewhere and
 * was not entered again.
 */
export async function updateNotifier(
  actor: Actor,
  id: string,
  given: UpdateNotifier,
  ifMatch?: number,
): Promise<NotifierView> {
  authorize(actor, 'notifiers.write')
  const row = await requireNotifier(id)
  if (ifMatch !== undefined && ifMatch !== row.generation) throw outdated()
  const descriptor = notifierByType(row.type)
  const before = await viewOf(id)
  const change = given.config && replaceInput(descriptor, { config: before.config, words: {} }, given.config)
  const config = change?.config ?? before.config
  if (change) requireSecrets(descriptor, (key) => !change.cleared.includes(key))
  const sealed = change ? await sealChange(id, descriptor, config, change.secrets, change.cleared) : []
  const { name = before.name, enabled = before.enabled, rules = before.rules } = given
  const after = { name, enabled, rules: { ...rules }, config, target: descriptor.describeTarget(config) }
  const now = new Date()
  await inTransaction(async (tx) => {
    const isWritten = await write(tx, { id, name }, () => repository.update(tx, id, row.generation, after, now))
    if (!isWritten) throw outdated()
    await repository.replaceSecrets(tx, id, sealed, change?.cleared ?? [])
    await repository.hurry(tx, id, now)
    await recordAudit(tx, actor, {
      action: 'notifier.updated',
      target: { kind: 'notifier', id, name },
      change: {
        before: { name: before.name, enabled: before.enabled, rules: before.rules, config: before.config },
        after: { name, enabled, rules, config },
        secrets_set: sealed.map(({ field }) => field),
        secrets_cleared: change?.cleared ?? [],
      },
    })
  })
  publishChanged('notifier', id)
  publishWanted('notifier', id)
  return viewOf(id)
}

/** With the log of its messages; those that wait are not sent any more. */
export async function deleteNotifier(actor: Actor, id: string): Promise<void> {
  authorize(actor, 'notifiers.write')
  const { name, type, target } = await requireNotifier(id)
  await inTransaction(async (tx) => {
    await repository.remove(tx, id)
    await recordAudit(tx, actor, {
      action: 'notifier.deleted',
      target: { kind: 'notifier', id, name },
      change: { type, target },
    })
  })
  publishChanged('notifier', id)
}

/** Throws `invalid_input` for a secret that is not there and without which nothing can be sent. */
function requireSecrets({ needs = [] }: AnyNotifier, isThere: (key: string) => boolean): void {
  refuseFields(needs.filter((key) => !isThere(key)).map((key) => ({ field: `config.${key}`, message: IS_REQUIRED })))
}

async function sealChange(
  id: string,
  descriptor: AnyNotifier,
  config: Record<string, unknown>,
  secrets: Record<string, string>,
  cleared: readonly string[],
) {
  const destination = notifierDestination(descriptor, config)
  const stored = await repository.findSealed(id)
  const kept = stored.filter(({ field }) => !Object.hasOwn(secrets, field) && !cleared.includes(field))
  const problems = kept.flatMap(({ field, sealed }) => {
    const change = destinationChangeOf(sealed, destination, changeOf(descriptor))
    return change === undefined ? [] : [{ field: `config.${field}`, message: enterAgain(change) }]
  })
  refuseFields(problems)
  return sealSecrets(id, secrets, [destination])
}

async function write<T>(tx: Db, { id, name }: { id: string; name: string }, work: () => Promise<T>): Promise<T> {
  const message = `Notifier '${name}' already exists`
  const holder = await repository.findNamed(tx, name, id)
  if (holder) throw taken('name', message, { kind: 'notifier', ...holder })
  return conflictOn(work, () => message)
}

async function viewOf(id: string): Promise<NotifierView> {
  const [row, waiting] = await Promise.all([requireNotifier(id), repository.countWaiting()])
  return notifierView(row, waiting.get(id) ?? 0)
}

export async function requireNotifier(id: string): Promise<repository.NotifierRow> {
  const row = await repository.findById(id)
  if (row === null) throw new HoldfastError('not_found', 'Notifier not found')
  return row
}

function outdated(): HoldfastError {
  return new HoldfastError('precondition_failed', 'The notifier was changed since you read it.')
}
