import type { AlertRow } from '@/lib/alerts/repository'
import { ALERT_STATES } from '@/lib/alerts/states'
import { alertState } from '@/lib/alerts/view'
import type { AcknowledgementRow } from '@/lib/attention/repository'
import { SEVERITIES } from '@/lib/attention/severities'
import type { Exposition } from '@/lib/monitoring/exposition/exposition'

/** Counts the alerts of these that have lasted long enough to be told, also where there are none. */
export function addAlerts(
  figures: Exposition,
  living: readonly AlertRow[],
  acknowledgements: readonly AcknowledgementRow[],
  now: Date,
): void {
  const held = new Map(acknowledgements.map((row) => [row.causeId, row]))
  const told = living
    .filter(({ openedAt }) => openedAt !== null)
    .map((row) => ({ severity: row.severity, state: alertState(row, held, now) }))
  for (const severity of SEVERITIES)
    for (const state of ALERT_STATES.filter((one) => one !== 'cleared')) {
      const number = told.filter((one) => one.severity === severity && one.state === state).length
      figures.add('alerts', { severity, state }, number)
    }
}
