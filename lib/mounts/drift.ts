import { z } from 'zod'
import { destinationChange, destinationOf } from '@/lib/drivers/destination'
import { parseOverrides } from '@/lib/drivers/input'
import type { OptionDifference } from '@/lib/drivers/options/effective-options'
import { type OptionReport, optionReport } from '@/lib/drivers/options/option-drift'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { effectiveMount, isEmpty, overridesOf, type StoredOverrides } from '@/lib/mounts/effective'
import { type DriftKind, driftKindOf, type WishRow } from '@/lib/mounts/state'

/** From the JSON column. */
const TakenOver = z.array(
  z.object({ option: z.string(), asked: z.string().nullable(), effective: z.string().nullable() }),
)

export interface Drift {
  kind: DriftKind
  message: string
  differences: OptionDifference[]
}

/** A wish and what was seen of it, on one host. */
export interface WishOnHost extends WishRow {
  overrides: unknown
  observedOptions: string | null
  /** A list of `OptionDifference`: how it was when it was taken over. */
  takenOverWith?: unknown
  mount: {
    mountPoint: string
    readOnly: boolean
    deletedAt: Date | null
    backend: { driver: string; config: unknown }
  }
}

/** Asked options against those in force; null where nothing is mounted. */
export function optionsOnHost(row: WishOnHost): OptionReport | null {
  if (row.observedOptions === null) return null
  const { config, mountPoint, readOnly } = effectiveMount(row.mount, row.overrides)
  return optionReport(row.mount.backend.driver, config, mountPoint, readOnly, row.observedOptions)
}

/** What somebody else has changed about a mount that the host had as wanted. Null: nothing, or the wish is still on its way. */
export function driftOf(row: WishOnHost): Drift | null {
  let differences: OptionDifference[] = []
  const kind = driftKindOf(row, row.mount, () => {
    differences = withoutTakenOver(optionsOnHost(row)?.drift ?? [], row.takenOverWith)
    return differences.length > 0
  })
  if (kind === null) return null
  const place = effectiveMount(row.mount, row.overrides).mountPoint
  return { kind, message: messageOf(kind, row, place, differences), differences }
}

/** What somebody else had mounted otherwise was taken over like that: nobody has changed it. */
function withoutTakenOver(differences: OptionDifference[], takenOver: unknown): OptionDifference[] {
  const agreed = TakenOver.safeParse(takenOver).data ?? []
  return differences.filter(
    ({ option, asked, effective }) =>
      !agreed.some((one) => one.option === option && one.asked === asked && one.effective === effective),
  )
}

function messageOf(kind: DriftKind, row: WishOnHost, place: string, differences: readonly OptionDifference[]): string {
  switch (kind) {
    case 'covered':
      return row.observedState === 'foreign'
        ? `Something else is mounted at ${place}.`
        : `Something was mounted over ${place}.`
    case 'mounted':
      return `${place} was mounted although it is wanted unmounted.`
    case 'unmounted':
      return `${place} was unmounted on the host.`
    case 'options':
      return `${place} was mounted again with other options: ${words(differences)}.`
  }
}

function words(differences: readonly OptionDifference[]): string {
  return differences
    .map(({ option, asked, effective }) => {
      if (asked === null) return `${effective ?? option} was added`
      return effective === null ? `${asked} is missing` : `${effective} instead of ${asked}`
    })
    .join(', ')
}

/** The wish that makes what was found right. */
export interface Adoption {
  desiredState?: 'mounted' | 'unmounted'
  overrides?: StoredOverrides
}

/** What the wish for this host becomes when its drift is taken over. Throws `conflict` with the reason when it cannot be. */
export function adoptionOf(row: WishOnHost, drift: Drift): Adoption {
  switch (drift.kind) {
    case 'unmounted':
      return { desiredState: 'unmounted' }
    case 'mounted':
      return { desiredState: 'mounted' }
    case 'covered':
      throw new HoldfastError(
        'conflict',
        'What others have mounted cannot be taken over; unmount it on the host first.',
      )
    case 'options':
      return { overrides: adoptOptions(row, drift.differences) }
  }
}

export function isAdoptable(row: WishOnHost, drift: Drift): boolean {
  try {
    adoptionOf(row, drift)
    return true
  } catch (error) {
    if (error instanceof HoldfastError) return false
    throw error
  }
}

function adoptOptions(row: WishOnHost, differences: readonly OptionDifference[]): StoredOverrides {
  const { driver } = row.mount.backend
  const before = overridesOf(row.overrides)
  const stored = row.mount.backend.config as Record<string, unknown>
  const changed: Record<string, unknown> = { ...before.config }
  let readOnly = before.read_only
  for (const difference of differences) {
    if (difference.effective === 'ro' || difference.effective === 'rw') readOnly = difference.effective === 'ro'
    else Object.assign(changed, settingOf(driver, difference))
  }
  const config = parseOverrides(driver, stored, changed)
  const overrides: StoredOverrides = {
    ...before,
    ...(readOnly === undefined ? {} : { read_only: readOnly }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  }
  const destination = (own: Record<string, unknown> = {}) => destinationOf(driver, { ...stored, ...own })
  const moved = destinationChange(destination(before.config), destination(config))
  // Nobody who could enter it is asked here, and a host must not decide how well a secret is protected.
  if (moved !== undefined)
    throw new HoldfastError('conflict', `${moved}: say that for this host yourself, with the secret.`)
  const left = driftOf({ ...row, overrides })
  if (left !== null || isEmpty(overrides)) throw cannotAdopt(left?.differences ?? differences)
  return overrides
}

/** The config field that an option stands for, in the words of the driver. */
function settingOf(driver: string, difference: OptionDifference): Record<string, unknown> {
  const { asked, effective } = difference
  // A flag that is missing or was added is a switch of the same name.
  const flag = asked ?? effective ?? ''
  if (effective === null || asked === null) {
    const isSwitch = isDriverId(driver) && Object.hasOwn(driverById(driver).config.shape, flag)
    if (isSwitch) return { [flag]: effective !== null }
  }
  const parse = isDriverId(driver) ? driverById(driver).parseFreeTextOptions : undefined
  if (parse === undefined || effective === null) throw cannotAdopt([difference])
  try {
    return parse(effective)
  } catch {
    throw cannotAdopt([difference])
  }
}

function cannotAdopt(differences: readonly OptionDifference[]): HoldfastError {
  return new HoldfastError('conflict', `This cannot be taken over: ${words(differences)}. Repair it instead.`)
}

// ---- repair --------------------------------------------------------------------------------------------------------------

/** So many times in a row; then a person decides. */
export const REPAIR_LIMIT = 5
/** Quiet for so long ends a row. */
const QUIET_MS = 30 * 60_000
const FIRST_PAUSE_MS = 5_000

export interface Repairs {
  repairs: number
  repairedAt: Date | null
}

/** Somebody keeps changing it: it is not put back any more until a person says so. */
export function isGivenUp({ repairs }: Repairs): boolean {
  return repairs >= REPAIR_LIMIT
}

/** When it may be put back again: at once the first time, then after growing pauses. Null: not any more. */
export function nextRepairAt(row: Repairs): Date | null {
  if (isGivenUp(row)) return null
  if (row.repairs === 0 || row.repairedAt === null) return new Date(0)
  return new Date(row.repairedAt.getTime() + FIRST_PAUSE_MS * 2 ** (row.repairs - 1))
}

/** The count with one repair more. */
export function countRepair({ repairs, repairedAt }: Repairs, now: Date): Repairs {
  const isQuiet = repairedAt === null || now.getTime() - repairedAt.getTime() > QUIET_MS
  return { repairs: isQuiet ? 1 : repairs + 1, repairedAt: now }
}
