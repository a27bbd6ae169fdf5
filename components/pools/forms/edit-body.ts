import type { FieldValues } from '@/components/forms/driver-values'
import type { FormSpec } from '@/components/forms/form-spec'
import { type Targeting, targetBody } from '@/components/mounts/forms/target-picker'
import { type LimitValues, limitsBody, limitsOf, settingsBody, settingsOf } from '@/components/pools/forms/pool-values'
import { isSame } from '@/lib/plans/field-changes'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'

export interface Edited {
  name: string
  limits: LimitValues
  targeting: Targeting
  /** Of the engine. */
  settings: FieldValues
}

export function targetingOf({ targets, target_labels: labels, hosts }: PoolView): Targeting {
  const hostIds = hosts.filter(({ phase }) => phase !== 'CLOSING').map(({ host_id }) => host_id)
  return { targets, labels, hostIds }
}

/** What the API is asked to change: only what is another than it was, so that two people who change different things do not undo each other. */
export function editBody(begun: PoolView, { name, limits, targeting, settings }: Edited, form: FormSpec | undefined) {
  const hosts = targetBody(targeting)
  return {
    ...(name === begun.name ? {} : { name }),
    ...(isSame(hosts, targetBody(targetingOf(begun))) ? {} : hosts),
    ...changedIn(limitsBody(limits), limitsBody(limitsOf(begun))),
    ...(form && Object.keys(form.fields).length > 0 ? { settings: changedSettings(begun, settings, form) } : {}),
  }
}

/** Also when it is empty it is sent: the API then writes anew what could not be read. */
function changedSettings(begun: PoolView, settings: FieldValues, form: FormSpec): Record<string, unknown> {
  return changedIn(settingsBody(form, settings), settingsBody(form, settingsOf(form, begun.settings)))
}

function changedIn(after: object, before: object): Record<string, unknown> {
  const known = new Map(Object.entries(before))
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => !isSame(value, known.get(key))))
}

/** A line of a review: what it is called, as it was, and as it is to be. */
export type EditLine = readonly [label: string, before: string, after: string]

/** What was changed, in the words of the form. Hosts are said by what they do. */
export function editLines(begun: PoolView, edited: Edited, form: FormSpec | undefined): EditLine[] {
  const [was, now] = [limitsOf(begun), edited.limits]
  const size = (bytes: string) => (bytes === '' ? '' : formatBytes(Number(bytes)))
  const stored = form === undefined ? {} : settingsBody(form, settingsOf(form, begun.settings))
  const given = form === undefined ? {} : settingsBody(form, edited.settings)
  const settings = Object.entries(form?.fields ?? {}).map(([key, { label }]): EditLine => {
    return [label, String(stored[key] ?? ''), String(given[key] ?? '')]
  })
  const lines: EditLine[] = [
    ['Name', begun.name, edited.name],
    ...settings,
    ['Overcommit limit', was.overcommit, now.overcommit],
    ['Largest volume', size(was.largest), size(now.largest)],
    ['Days in the trash', was.trashDays, now.trashDays],
  ]
  return lines.filter(([, before, after]) => before !== after)
}
