import type { FieldErrors } from 'react-hook-form'
import { checkValues, formSpecOf, neededFields } from '@/components/forms/driver-rules'
import { type FieldValues, initialValues, toConfig } from '@/components/forms/driver-values'
import { secretsAgain, secretsToClear } from '@/components/forms/secrets-again'
import type { CauseKind, Severity } from '@/lib/attention/schema'
import type { AnyNotifier } from '@/lib/notifiers/registry'
import { NotifierName, type NotifierView } from '@/lib/notifiers/schema'

/** What the form of a notifier holds. */
export interface NotifierValues {
  name: string
  enabled: boolean
  min_severity: Severity
  /** None: all of them. */
  kinds: CauseKind[]
  config: FieldValues
}

/** To begin with: what is stored, or a new one of this type. */
export function valuesOf(descriptor: AnyNotifier, notifier: NotifierView | undefined): NotifierValues {
  return {
    name: notifier?.name ?? '',
    enabled: notifier?.enabled ?? true,
    min_severity: notifier?.rules.min_severity ?? 'warning',
    kinds: notifier?.rules.kinds ?? [],
    config: initialValues(formSpecOf(descriptor), notifier?.config),
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
  const problems = [...checkValues(descriptor, values.config, notifier?.config).problems, ...again]
  const entries = problems.map(({ field, message }) => [field, { type: 'value', message }] as const)
  if (entries.length > 0) errors.config = Object.fromEntries(entries) as NonNullable<typeof errors.config>
  return errors
}

/** The body of a request. */
export function bodyOf(descriptor: AnyNotifier, values: NotifierValues, notifier: NotifierView | undefined) {
  const { name, enabled, min_severity, kinds } = values
  const config = {
    ...toConfig(formSpecOf(descriptor), values.config, notifier !== undefined),
    ...secretsToClear(descriptor, values.config, notifier?.config, notifier?.secrets),
  }
  return { name: name.trim(), enabled, config, rules: { min_severity, kinds: kinds.length === 0 ? null : kinds } }
}
