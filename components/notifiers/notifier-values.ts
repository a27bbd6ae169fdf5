import type { FieldErrors } from 'react-hook-form'
import { checkValues, formSpecOf, neededFields } from '@/components/forms/driver-rules'
import { type FieldValues, initialValues, toConfig } from '@/components/forms/driver-values'
import { secretsAgain, secretsToClear } from '@/components/forms/secrets-again'
import type { CauseKind, Severity } from '@/lib/attention/schema'
import { fieldMessage, IS_REQUIRED } from '@/lib/field-messages'
import { MOST_PER_HOUR } from '@/lib/notifiers/most-per-hour'
import type { AnyNotifier } from '@/lib/notifiers/registry'
import { NotifierName, NotifierRules, type NotifierView } from '@/lib/notifiers/schema'

/** What the form of a notifier holds. */
export interface NotifierValues {
  name: string
  enabled: boolean
  min_severity: Severity
  /** None: all of them. */
  kinds: CauseKind[]
  /** `role=db, site=a` */
  host_labels: string
  after_minutes: number
  remind_hours: number | null
  most_per_hour: number
  quiet: { isOn: boolean; from: string; to: string; time_zone: string; critical_passes: boolean }
  config: FieldValues
}

/** To begin with: what is stored, or a new one of this type. */
export function valuesOf(descriptor: AnyNotifier, notifier: NotifierView | undefined): NotifierValues {
  const { host_labels, after_minutes, remind_hours, quiet_hours, most_per_hour } =
    notifier?.rules ?? NotifierRules.parse({})
  const night = { from: '22:00', to: '07:00', time_zone: ownTimeZone(), critical_passes: true }
  return {
    host_labels: Object.entries(host_labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(', '),
    after_minutes,
    remind_hours,
    most_per_hour,
    quiet: { isOn: quiet_hours !== null, ...(quiet_hours ?? night) },
    name: notifier?.name ?? '',
    enabled: notifier?.enabled ?? true,
    min_severity: notifier?.rules.min_severity ?? 'warning',
    kinds: notifier?.rules.kinds ?? [],
    config: initialValues(formSpecOf(descriptor), notifier?.config),
  }
}

/** Of the reader. */
function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Labels of a text with commas between them; a part without "=" is a label without a value. */
function labelsIn(text: string): Record<string, string> {
  const parts = text.split(',').flatMap((part) => part.trim() || [])
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()]
    }),
  )
}

function rulesIn({
  min_severity,
  kinds,
  host_labels,
  after_minutes,
  remind_hours,
  most_per_hour,
  quiet,
}: NotifierValues) {
  const { isOn, ...hours } = quiet
  return {
    min_severity,
    kinds: kinds.length === 0 ? null : kinds,
    host_labels: labelsIn(host_labels),
    after_minutes,
    remind_hours,
    quiet_hours: isOn ? hours : null,
    most_per_hour,
  }
}

/** Stored secrets that are to be entered again, by field. */
export function againOf(descriptor: AnyNotifier, config: FieldValues, notifier: NotifierView | undefined) {
  return secretsAgain(descriptor, config, notifier?.config, notifier?.secrets)
}

export function neededOf(descriptor: AnyNotifier, config: FieldValues, notifier: NotifierView | undefined) {
  return neededFields(descriptor, config, notifier?.config)
}

/** What is wrong, with the rules of the API. */
export function errorsOf(
  descriptor: AnyNotifier,
  values: NotifierValues,
  notifier: NotifierView | undefined,
): FieldErrors<NotifierValues> {
  const errors: FieldErrors<NotifierValues> = {}
  const name = NotifierName.safeParse(values.name)
  if (!name.success) errors.name = { type: 'name', message: name.error.issues[0]?.message ?? '' }
  const again = [...againOf(descriptor, values.config, notifier)].map(([field, message]) => ({ field, message }))
  const missing = (descriptor.needs ?? [])
    .filter((key) => values.config[key] === '' && !notifier?.secrets[key]?.has_secret)
    .map((field) => ({ field, message: IS_REQUIRED }))
  const problems = [...missing, ...checkValues(descriptor, values.config, notifier?.config).problems, ...again]
  for (const issue of NotifierRules.safeParse(rulesIn(values), { error: fieldMessage }).error?.issues ?? []) {
    const [rule, part] = issue.path
    // Of a label it says what is wrong with the key only further in.
    const message = (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message
    if (rule === 'host_labels') errors.host_labels = { type: 'rule', message }
    if (rule === 'most_per_hour') errors.most_per_hour = { type: 'rule', message }
    if (rule === 'quiet_hours') errors.quiet = { [part ?? 'from']: { type: 'rule', message } }
  }
  const entries = problems.map(({ field, message }) => [field, { type: 'value', message }] as const)
  if (entries.length > 0) errors.config = Object.fromEntries(entries) as NonNullable<typeof errors.config>
  return errors
}

/** The body of a request. */
export function bodyOf(descriptor: AnyNotifier, values: NotifierValues, notifier: NotifierView | undefined) {
  const { name, enabled } = values
  const config = {
    ...toConfig(formSpecOf(descriptor), values.config, notifier !== undefined),
    ...secretsToClear(descriptor, values.config, notifier?.config, notifier?.secrets),
  }
  return { name: name.trim(), enabled, config, rules: rulesIn(values) }
}

/** Does it tell of some alerts only? */
export function isNarrowed({ kinds, host_labels }: NotifierValues): boolean {
  return kinds.length > 0 || host_labels !== ''
}

/** Is anything different from what it is without a word about when, and how often? */
export function isTimed({ after_minutes, remind_hours, most_per_hour, quiet }: NotifierValues): boolean {
  return after_minutes !== 0 || remind_hours !== null || most_per_hour !== MOST_PER_HOUR.standard || quiet.isOn
}
