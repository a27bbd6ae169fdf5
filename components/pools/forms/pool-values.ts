import { type FieldValues, initialValues, toConfig } from '@/components/forms/driver-values'
import type { FormSpec } from '@/components/forms/form-spec'
import type { PoolView } from '@/lib/pools/schema'

/** What people may set of any pool. Figures are text, as typed. */
export interface LimitValues {
  overcommit: string
  /** Bytes. */
  largest: string
  trashDays: string
}

export const FRESH_LIMITS: LimitValues = { overcommit: '', largest: '', trashDays: '7' }

export function limitsOf(pool: Pick<PoolView, 'overcommit_limit' | 'max_volume_bytes' | 'trash_days'>): LimitValues {
  return {
    overcommit: pool.overcommit_limit === null ? '' : String(pool.overcommit_limit),
    largest: pool.max_volume_bytes === null ? '' : String(pool.max_volume_bytes),
    trashDays: String(pool.trash_days),
  }
}

/** A number as a number; anything else as typed, so that the API refuses it by name. Empty is none. */
function figure(text: string): number | string | null {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const number = Number(trimmed.replace(',', '.'))
  return Number.isNaN(number) ? trimmed : number
}

/** What the API takes for the limits. */
export function limitsBody({ overcommit, largest, trashDays }: LimitValues) {
  const days = figure(trashDays)
  return {
    overcommit_limit: figure(overcommit),
    max_volume_bytes: figure(largest),
    ...(days === null ? {} : { trash_days: days }),
  }
}

/** The settings of the engine as a request has them: those that people choose. */
export function settingsBody(form: FormSpec, values: FieldValues): Record<string, unknown> {
  return toConfig(form, values, false)
}

export function settingsOf(form: FormSpec, stored?: Record<string, unknown>): FieldValues {
  return initialValues(form, stored)
}

/** What was refused, by the name of its field in the API. */
export type Refusals = Readonly<Record<string, string | undefined>>
