import type { StoredSecret } from '@/components/forms/driver-field'
import { checkValues, formSpecOf } from '@/components/forms/driver-rules'
import { type FieldValues, isVisible, toConfig } from '@/components/forms/driver-values'
import type { SettingsDescriptor } from '@/lib/drivers/contract/descriptor'
import { changeUnder, destinationUnder, enterAgain } from '@/lib/drivers/descriptor-destination'
import { secretKeys } from '@/lib/drivers/settings'

/**
 * Stored secrets that are to be entered again, as these values send them elsewhere or protect them otherwise than `stored` does: by
 * field, what to say there. One that was typed in, or that no visible field asks for, is none of them.
 */
export function secretsAgain(
  descriptor: SettingsDescriptor,
  values: FieldValues,
  stored: Record<string, unknown> | undefined,
  secrets: Record<string, StoredSecret> | undefined,
): ReadonlyMap<string, string> {
  const change = stored && changeOf(descriptor, values, stored)
  if (change === undefined) return new Map()
  const fields = secretKeys(descriptor).filter((key) => {
    const hint = descriptor.fields[key]
    return secrets?.[key]?.has_secret && !values[key] && hint !== undefined && isVisible(hint, values)
  })
  return new Map(fields.map((key) => [key, enterAgain(change)]))
}

/** Stored secrets that nothing asks for any more and that must not go along to another place: they are cleared. */
export function secretsToClear(
  descriptor: SettingsDescriptor,
  values: FieldValues,
  stored: Record<string, unknown> | undefined,
  secrets: Record<string, StoredSecret> | undefined,
): Record<string, null> {
  if (stored === undefined || changeOf(descriptor, values, stored) === undefined) return {}
  const fields = secretKeys(descriptor).filter((key) => {
    const hint = descriptor.fields[key]
    return secrets?.[key]?.has_secret && hint !== undefined && !isVisible(hint, values)
  })
  return Object.fromEntries(fields.map((key) => [key, null]))
}

/**
 * The same for one host, where `here` is what is to differ from the backend and `before` what differs now. Once entered for an
 * address, it is not asked for again there.
 */
export function secretsAgainOnHost(
  descriptor: SettingsDescriptor,
  backend: { config: Record<string, unknown>; secrets: Record<string, StoredSecret> },
  { here, before }: { here: Record<string, unknown>; before: Record<string, unknown> },
): ReadonlyMap<string, string> {
  const on = (own: Record<string, unknown>) => destinationUnder(descriptor, { ...backend.config, ...own })
  const change = changeUnder(descriptor, on({}), on(here))
  if (change === undefined || changeUnder(descriptor, on(before), on(here)) === undefined) return new Map()
  const fields = secretKeys(descriptor).filter((key) => backend.secrets[key]?.has_secret)
  return new Map(fields.map((key) => [key, enterAgain(change)]))
}

function changeOf(
  descriptor: SettingsDescriptor,
  values: FieldValues,
  stored: Record<string, unknown>,
): string | undefined {
  const config = checkValues(descriptor, values, stored).config ?? toConfig(formSpecOf(descriptor), values, true)
  return changeUnder(descriptor, destinationUnder(descriptor, stored), destinationUnder(descriptor, config))
}
