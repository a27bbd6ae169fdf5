import 'server-only'
import * as repository from '@/lib/alerts/repository'
import type { AlertDetail, CreateSilence, SilenceView } from '@/lib/alerts/schema'
import { silenceAlert, unacknowledgeAlert } from '@/lib/alerts/service'
import { alertState } from '@/lib/alerts/view'
import * as acknowledgements from '@/lib/attention/repository'
import { Severity } from '@/lib/attention/schema'
import { type Actor, authorize } from '@/lib/auth/actor'
import { HoldfastError } from '@/lib/errors'

/** What nobody is told of until a time: that which ends first comes first. */
export async function listSilences(actor: Actor): Promise<{ data: SilenceView[]; total: number }> {
  authorize(actor, 'attention.read')
  const data = await readSilences()
  return { data, total: data.length }
}

async function readSilences(): Promise<SilenceView[]> {
  const now = new Date()
  const held = await acknowledgements.findAll()
  const alerts = await repository.findLatest(held.map(({ causeId }) => causeId))
  const rows = new Map(held.map((row) => [row.causeId, row]))
  const data = held.flatMap(({ causeId, by, at, note, until }): SilenceView[] => {
    const alert = alerts.get(causeId)
    // One that was silenced on the overview before it has lasted long enough has no alert yet.
    if (until === null || until <= now || alert === undefined) return []
    const { id, title } = alert
    const state = alertState(alert, rows, now)
    return [
      {
        id: causeId,
        alert: { id, title, severity: Severity.parse(alert.severity), state },
        ...{ by, note, at: at.toISOString(), until: until.toISOString() },
      },
    ]
  })
  return data.toSorted((one, other) => one.until.localeCompare(other.until) || one.id.localeCompare(other.id))
}

/** As `silenceAlert`. */
export function makeSilence(actor: Actor, { alert_id: id, ...silence }: CreateSilence): Promise<AlertDetail> {
  return silenceAlert(actor, id, silence)
}

/** Throws `not_found` where there is none that lasts. */
export async function endSilence(actor: Actor, id: string): Promise<void> {
  authorize(actor, 'attention.write')
  const silence = (await readSilences()).find((one) => one.id === id)
  if (silence === undefined) throw new HoldfastError('not_found', 'There is no such silence, or it is over.')
  await unacknowledgeAlert(actor, silence.alert.id)
}
