import { z } from 'zod'
import type { SettingsDescriptor } from '@/lib/drivers/contract/descriptor'

type Value = string | number | boolean | null

/**
 * Where a backend's secrets go and how well they are protected on the way: the storage type, and each config key that its
 * descriptor declares in `destination`; null where a key is not set or does not decide.
 */
export type Destination = Readonly<Record<string, Value>>

/** What stands for a long value, such as a certificate, where destinations are kept. */
export const DIGEST_PREFIX = 'sha256:'

/** Longer values are kept as a digest, and not shown. */
export const LONGEST_VALUE = 200

function settingOf(descriptor: SettingsDescriptor, config: Record<string, unknown>, key: string): Value {
  const given = config[key] ?? undefined
  const schema = descriptor.config.shape[key]
  // As the host will read it: in the one spelling, and the default for what is not said.
  const parsed = schema === undefined ? undefined : z.safeParse(schema, given)
  return ((parsed?.success ? parsed.data : given) ?? null) as Value
}

/** Of a config as it is stored or sent; also of one that is not complete. */
export function destinationUnder(descriptor: SettingsDescriptor, config: Record<string, unknown>): Destination {
  const keys = Object.keys(descriptor.destination ?? {}).sort()
  const settings: Record<string, unknown> = Object.fromEntries(
    keys.map((key) => [key, settingOf(descriptor, config, key) ?? undefined]),
  )
  // A condition may look at keys that are no destination themselves.
  const whole = { ...config, ...settings }
  const decides = (key: string) => {
    const condition = descriptor.destination?.[key]
    return condition === true || condition?.(whole) === true
  }
  return {
    type: descriptor.id,
    ...Object.fromEntries(keys.map((key) => [key, decides(key) ? ((settings[key] ?? null) as Value) : null])),
  }
}

/** The keys in which two destinations differ. */
export function differingKeys(one: Destination, other: Destination): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key])).sort()
}

function shown(value: Value | undefined): string {
  if (value === undefined || value === null) return 'nothing'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return String(value)
}

function isShort(value: Value | undefined): boolean {
  return typeof value !== 'string' || (value.length <= LONGEST_VALUE && !value.startsWith(DIGEST_PREFIX))
}

/**
 * What has changed between two destinations, in the words of the form: `Server changed from nas-a to nas-b`. Undefined when they
 * are the same. The fields are those of the type of `after`.
 */
export function changeUnder(
  { fields }: SettingsDescriptor,
  before: Destination,
  after: Destination,
): string | undefined {
  if (before.type !== after.type) return `Type changed from ${shown(before.type)} to ${shown(after.type)}`
  const changes = differingKeys(before, after).map((key) => {
    const label = fields[key]?.label ?? key
    if (!isShort(before[key]) || !isShort(after[key])) return `${label} changed`
    return `${label} changed from ${shown(before[key])} to ${shown(after[key])}`
  })
  return changes.length === 0 ? undefined : changes.join(', and ')
}

/** What a person is told at the field of a secret. `change` comes from `destinationChange`. */
export function enterAgain(change: string): string {
  return `Enter it again, since ${change}. A stored secret is used only where it was entered for.`
}
