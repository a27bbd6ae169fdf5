import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import * as repository from '@/lib/monitoring/sampling/repository'
import { SAMPLING, type SamplingView, type StoredSampling, type UpdateSampling } from '@/lib/monitoring/sampling/schema'

/** How often storages are measured, as a whole and where it is another time. */
export async function getSampling(actor: Actor): Promise<SamplingView> {
  authorize(actor, 'system.admin')
  const { minutes, backends } = await repository.findSampling()
  const names = await repository.findNames(Object.keys(backends))
  return {
    minutes: minutes ?? SAMPLING.standard,
    standard_minutes: SAMPLING.standard,
    least_minutes: SAMPLING.least,
    most_minutes: SAMPLING.most,
    backends: [...names]
      .map(([id, name]) => ({ id, name, minutes: backends[id] ?? SAMPLING.standard }))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
  }
}

/** Agents that answer go by it within a minute. Throws `invalid_input` for a backend that is not there, and for too many of them. */
export async function updateSampling(actor: Actor, given: UpdateSampling): Promise<SamplingView> {
  authorize(actor, 'system.admin')
  await inTransaction(async (tx) => {
    const before = await repository.findSampling(tx)
    const changed = { ...before.backends, ...given.backends }
    const names = await repository.findNames(Object.keys(changed), tx)
    const unknown = Object.keys(given.backends ?? {}).find((id) => !names.has(id))
    if (unknown !== undefined) throw wrong(`There is no backend ${unknown}.`)
    const after: StoredSampling = {
      minutes: given.minutes === undefined ? before.minutes : given.minutes,
      // What was set for a backend that has been deleted since goes with the next change.
      backends: Object.fromEntries(
        Object.entries(changed).flatMap(([id, own]) => (own === null || !names.has(id) ? [] : [[id, own]])),
      ),
    }
    if (Object.keys(after.backends).length > SAMPLING.mostBackends) {
      throw wrong(`At most ${SAMPLING.mostBackends} backends can have a time of their own.`)
    }
    if (JSON.stringify(after) === JSON.stringify(before)) return
    await repository.saveSampling(tx, after)
    await recordAudit(tx, actor, { action: 'sampling.updated', change: { before, after } })
  })
  publishChanged('setting', 'sampling')
  return getSampling(actor)
}

function wrong(message: string): HoldfastError {
  return new HoldfastError('invalid_input', message, { fields: [{ field: 'backends', message }] })
}
