import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged, publishWanted } from '@/lib/events/process-bus'
import { IS_REQUIRED } from '@/lib/field-messages'
import * as repository from '@/lib/heartbeat/repository'
import { HEARTBEAT_DESTINATION, HEARTBEAT_ID, type HeartbeatView, type SetHeartbeat } from '@/lib/heartbeat/schema'
import { sealSecrets } from '@/lib/installation/service'
import { pauseFor } from '@/lib/pause'

/** Null: there is no dead-man's switch. */
export async function getHeartbeat(actor: Actor): Promise<HeartbeatView | null> {
  authorize(actor, 'notifiers.read')
  const row = await repository.find()
  return row && viewOf(row)
}

/** Throws `invalid_input` when no address is given and none is stored. */
export async function setHeartbeat(actor: Actor, given: SetHeartbeat): Promise<HeartbeatView> {
  authorize(actor, 'notifiers.write')
  const before = await repository.find()
  const address = given.url === undefined ? before : await sealedAddress(given.url)
  if (address === null)
    throw new HoldfastError('invalid_input', IS_REQUIRED, { fields: [{ field: 'url', message: IS_REQUIRED }] })
  const { target, sealed, fingerprint } = address
  const { enabled, every_minutes: everyMinutes, ca_certificate: caCertificate } = given
  const after = { enabled, target, sealed, fingerprint, caCertificate, everyMinutes }
  await inTransaction(async (tx) => {
    // Another address, or one that was not to be pinged for a while.
    const isNew = before?.fingerprint !== fingerprint || before.enabled !== enabled
    await repository.save(tx, after, new Date(), isNew)
    await recordAudit(tx, actor, {
      action: 'heartbeat.set',
      target: { kind: 'heartbeat', id: HEARTBEAT_ID, name: target },
      change: { before: before && settingsOf(before), after: settingsOf(after), url_set: given.url !== undefined },
    })
  })
  publishNews()
  return requireView()
}

export async function removeHeartbeat(actor: Actor): Promise<void> {
  authorize(actor, 'notifiers.write')
  const before = await repository.find()
  if (before === null) throw notThere()
  await inTransaction(async (tx) => {
    await repository.remove(tx)
    await recordAudit(tx, actor, {
      action: 'heartbeat.removed',
      target: { kind: 'heartbeat', id: HEARTBEAT_ID, name: before.target },
      change: { before: settingsOf(before) },
    })
  })
  publishNews()
}

const LOOK_MS = 200

/** Pings once, also when it is switched off or Holdfast is not well, and waits for what comes of it. */
export async function testHeartbeat(
  actor: Actor,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<HeartbeatView> {
  authorize(actor, 'notifiers.write')
  const before = await repository.find()
  if (before === null) throw notThere()
  await inTransaction(async (tx) => {
    await repository.ask(tx)
    await recordAudit(tx, actor, {
      action: 'heartbeat.tested',
      target: { kind: 'heartbeat', id: HEARTBEAT_ID, name: before.target },
    })
  })
  publishNews()
  const deadlineAt = Date.now() + waitMs
  for (;;) {
    const row = await repository.find()
    if (row === null) throw notThere()
    // One that was under way before has ended too by then.
    if (!row.isAsked && row.pings > before.pings) return viewOf(row)
    if (signal.aborted || Date.now() >= deadlineAt) {
      throw new HoldfastError('timed_out', 'The controller has not pinged in time.', {
        recovery: 'See on the health page whether it runs. The ping is sent when it does.',
      })
    }
    await pauseFor(LOOK_MS)
  }
}

async function sealedAddress(url: string) {
  const [secret] = await sealSecrets(HEARTBEAT_ID, { url }, [HEARTBEAT_DESTINATION])
  if (secret === undefined) throw new Error('an address was not sealed')
  return { ...secret, target: new URL(url).host }
}

type Settings = Pick<repository.NewHeartbeat, 'enabled' | 'target' | 'fingerprint' | 'caCertificate' | 'everyMinutes'>

/** As the audit has it. */
function settingsOf({ enabled, target, fingerprint, caCertificate, everyMinutes }: Settings) {
  return { enabled, target, fingerprint, ca_certificate: caCertificate, every_minutes: everyMinutes }
}

function publishNews(): void {
  publishChanged('notifier', HEARTBEAT_ID)
  publishWanted('notifier', HEARTBEAT_ID)
}

async function requireView(): Promise<HeartbeatView> {
  const row = await repository.find()
  if (row === null) throw notThere()
  return viewOf(row)
}

function viewOf(row: repository.HeartbeatRow): HeartbeatView {
  return {
    ...settingsOf(row),
    taken_at: row.takenAt?.toISOString() ?? null,
    failed_since: row.failedSince?.toISOString() ?? null,
    answer: row.answer,
    withheld_since: row.withheldSince?.toISOString() ?? null,
    withheld: row.withheld,
    next_at: row.enabled ? row.dueAt.toISOString() : null,
    updated_at: row.updatedAt.toISOString(),
  }
}

function notThere(): HoldfastError {
  return new HoldfastError('not_found', "There is no dead-man's switch.")
}
