import { z } from 'zod'

/**
 * The restart policy of a container that Docker is not to start again by itself, since the agent does: `always`, `unless-stopped`,
 * `on-failure` or `on-failure:TRIES`. It stands on the container, so that it is lost with nothing else and seen by everybody.
 */
export const RESTART_LABEL = 'holdfast.restart'

const Policy = z.looseObject({ Name: z.string(), MaximumRetryCount: z.number().nullish() })
export type RestartPolicy = z.infer<typeof Policy>

export const NEVER: RestartPolicy = { Name: 'no' }

/** Null: it is never started again. */
export function labelOf(policy: RestartPolicy | null | undefined): string | null {
  const { Name, MaximumRetryCount } = policy ?? NEVER
  if (Name === 'on-failure') return MaximumRetryCount ? `${Name}:${MaximumRetryCount}` : Name
  return Name === 'always' || Name === 'unless-stopped' ? Name : null
}

/** Null: it says nothing that is known. */
export function policyOf(label: string | undefined): RestartPolicy | null {
  const [, Name, tries] =
    /^(always|unless-stopped|on-failure)(?:(?<=on-failure):([1-9]\d{0,5}))?$/.exec(label ?? '') ?? []
  if (Name === undefined) return null
  return tries === undefined ? { Name } : { Name, MaximumRetryCount: Number(tries) }
}

interface Settings {
  policy: RestartPolicy
  labels: Record<string, string>
}

/** Of a container that is made: by the agent where it `isOurs`, which is that it has storage of this host, else by Docker. */
export function restartedBy({ policy, labels }: Settings, isOurs: boolean): Settings {
  const { [RESTART_LABEL]: label, ...others } = labels
  const wanted = labelOf(policy) === null ? policyOf(label) : policy
  const own = labelOf(wanted)
  if (wanted === null || own === null) return { policy, labels }
  return isOurs ? { policy: NEVER, labels: { ...others, [RESTART_LABEL]: own } } : { policy: wanted, labels: others }
}
