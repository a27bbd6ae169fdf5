import { z } from 'zod'
import { CauseKind } from '@/lib/attention/schema'
import { Timestamp } from '@/lib/http/envelope'

/** A threshold; null: as it is delivered, or as the rule as a whole has it. Which numbers are possible depends on the rule. */
const Threshold = z.number('Write a number.').nullable()

/** What is left out stays. */
export const ChangeRule = z.strictObject({
  enabled: z.boolean().nullable().optional(),
  warning: Threshold.optional(),
  critical: Threshold.optional(),
  lasts_minutes: z
    .int('Write a whole number of minutes.')
    .min(0, 'At least 0 minutes.')
    .max(1440, 'At most a day, which is 1440 minutes.')
    .nullable()
    .optional(),
})
export type ChangeRule = z.infer<typeof ChangeRule>

export const SetOverride = ChangeRule.omit({ lasts_minutes: true })
export type SetOverride = z.infer<typeof SetOverride>

export const RuleParams = z.object({ kind: z.string().max(64) })
export const OverrideParams = RuleParams.extend({ subjectId: z.string().max(128) })

const Settings = z.object({ enabled: z.boolean(), warning: z.number().nullable(), critical: z.number().nullable() })

export const OverrideView = z.object({
  subject: z.object({ kind: z.enum(['backend', 'pool']), id: z.string(), name: z.string() }),
  /** As it is set for this one; null: as the rule as a whole has it. */
  enabled: z.boolean().nullable(),
  warning: z.number().nullable(),
  critical: z.number().nullable(),
  /** What holds for it. */
  in_force: Settings,
})
export type OverrideView = z.infer<typeof OverrideView>

export const RuleView = Settings.extend({
  kind: CauseKind,
  /** Null: nothing about it is a figure. */
  unit: z.enum(['percent', 'seconds', 'minutes', 'days']).nullable(),
  least: z.number().nullable(),
  most: z.number().nullable(),
  /** How long it has to be there before it is an alert; 0: two looks, which is half a minute. */
  lasts_minutes: z.int(),
  /** As it is delivered. */
  standard: Settings.extend({ lasts_minutes: z.int() }),
  /** Which things may have thresholds of their own. */
  subjects: z.array(z.enum(['backend', 'pool'])),
  overrides: z.array(OverrideView),
  /** Who has changed the rule as a whole last; null: it is as delivered. */
  by: z.string().nullable(),
  updated_at: Timestamp.nullable(),
})
export type RuleView = z.infer<typeof RuleView>
