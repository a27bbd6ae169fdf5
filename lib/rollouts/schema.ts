import { z } from 'zod'
import { DEFAULT_WAVES } from '@/lib/rollouts/default-waves'

const Wave = z
  .string()
  .regex(/^(?:[1-9]\d{0,3}|(?:100|[1-9]\d?)%)$/, 'Write a number of hosts such as "1", or a share such as "25%".')

const MaxFailures = z.union([
  z.int().min(0).max(5000),
  z.string().regex(/^(?:100|\d{1,2})%$/, 'Write a number of hosts, or a share such as "10%".'),
])
export type MaxFailures = z.infer<typeof MaxFailures>

/** How a change goes out over many hosts, instead of to all at once. */
export const Rollout = z.strictObject({
  /** How many hosts have the change when each wave is over: a number, or a share of all. The last wave takes the rest. */
  waves: z
    .array(Wave)
    .min(1, 'Name at least one wave.')
    .max(20, 'At most 20 waves.')
    .default(() => [...DEFAULT_WAVES]),
  /** A wave with more failures than this stops the rollout: a number, or a share of the hosts of that wave. */
  max_failures: MaxFailures.default(0),
  /** Between two waves. */
  pause_seconds: z.int().min(0).max(86_400).default(0),
})
export type Rollout = z.infer<typeof Rollout>

/** `retry`: the hosts of this wave that failed are tried again first. `skip`: they are left, and the next wave begins. */
export const ResumeRollout = z.strictObject({ failed: z.enum(['retry', 'skip']).default('retry') })
export type ResumeRollout = z.infer<typeof ResumeRollout>

// ---- as stored with the operation -------------------------------------------------------------------------------------

const BackendBefore = z.strictObject({
  id: z.string(),
  name: z.string(),
  config: z.record(z.string(), z.unknown()),
  source: z.string(),
  /** Sealed as they were: only the controller can open them. */
  secrets: z.array(
    z.strictObject({
      field: z.string(),
      sealed: z.string(),
      /** The backend that it was sealed for, of a copy. */
      sealedFor: z.string().nullable().default(null),
      fingerprint: z.string(),
    }),
  ),
})
export type BackendBefore = z.infer<typeof BackendBefore>

const ResourceBefore = z.strictObject({ kind: z.string(), id: z.string(), wish: z.unknown() })

/** What a rollback returns to. Kept until the rollout is over. */
export const Before = z.preprocess(
  fromMounts,
  z.strictObject({ backend: BackendBefore.nullable(), resources: z.array(ResourceBefore) }),
)
export type Before = z.infer<typeof Before>

/** A rollout that was under way when there were only mounts. */
function fromMounts(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || !('mounts' in stored)) return stored
  const { mounts, ...rest } = stored
  const resources = z
    .array(z.looseObject({ id: z.string() }))
    .catch([])
    .parse(mounts)
  return { ...rest, resources: resources.map(({ id, ...wish }) => ({ kind: 'mount', id, wish })) }
}

/** `Operation.rollout`, written at every step, so that another controller goes on where this one was. */
export const RolloutState = z.strictObject({
  waves: z.array(z.strictObject({ label: z.string(), hostIds: z.array(z.string()) })),
  maxFailures: MaxFailures,
  pauseSeconds: z.int(),
  /** The wave under way, from 0. */
  wave: z.int(),
  /** The next wave begins then. */
  resumeAt: z.iso.datetime().nullable(),
  /** How often a person has had the failed hosts tried again. */
  retries: z.int(),
  phase: z.enum(['forward', 'rollback']),
  outcome: z.enum(['completed', 'stopped', 'rolled_back']).nullable(),
  before: Before.nullable(),
})
export type RolloutState = z.infer<typeof RolloutState>

export const RolloutView = z.object({
  phase: z.enum(['forward', 'rollback']),
  /** Null until it is over. */
  outcome: z.enum(['completed', 'stopped', 'rolled_back']).nullable(),
  /** The wave under way, from 1. */
  wave: z.int(),
  waves: z.array(
    z.object({
      label: z.string(),
      host_ids: z.array(z.string()),
      /** With more failures than this, the rollout stops after the wave. */
      allowed_failures: z.int(),
    }),
  ),
  pause_seconds: z.int(),
  next_wave_at: z.iso.datetime().nullable(),
})
export type RolloutView = z.infer<typeof RolloutView>
