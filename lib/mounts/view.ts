import { optionsAsked } from '@/lib/drivers/options/option-drift'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { explained, explainedRow, plainValues } from '@/lib/drivers/problems/view'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { spokenOn } from '@/lib/drivers/requests'
import { type Drift, driftOf, isAdoptable, isGivenUp } from '@/lib/mounts/drift'
import { type EffectiveMount, effectiveMount, isEmpty, overridesOf } from '@/lib/mounts/effective'
import { type NodeStanding, standingsOf } from '@/lib/mounts/node-standing'
import { seenAt } from '@/lib/mounts/place'
import type { JudgedMount, MountOnHostRecord, MountRecord } from '@/lib/mounts/repository'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import {
  factsOf,
  isWrong,
  type MountStatus,
  rollUp,
  type StatusOnHost,
  statusOnHost,
  wordOfMount,
} from '@/lib/mounts/state'
import { labelsOf } from '@/lib/mounts/targets'
import type { StatusWord, Tone } from '@/lib/tones'

/** Hosts that are known to be not as wanted, and not on their way there. */
export function failedOf(mount: MountRecord): string[] {
  return mount.hosts
    .filter((row) => !row.removed && isWrong({ status: statusOf(mount, row, driftOf({ ...row, mount })) }))
    .map((row) => row.hostId)
}

function statusOf(
  mount: Pick<MountRecord, 'deletedAt'>,
  row: JudgedMount['hosts'][number],
  drift: Drift | null,
): StatusOnHost {
  return statusOnHost(factsOf(row, mount, row.host, drift?.kind ?? null))
}

/** What the whole view says of a mount in `status`, and how the console shows it, without the rest of the view. */
export function judgementOf(mount: JudgedMount): { status: MountStatus; health: Tone } {
  const { status, tone } = judgedWord(mount)
  return { status, health: tone }
}

/** The same, with the word that the console has for it. */
export function judgedWord(mount: JudgedMount): StatusWord & { status: MountStatus } {
  const nodes = standingsOf(mount.hosts)
  const hosts = mount.hosts.map((row) => ({
    status: statusOf(mount, row, driftOf({ ...row, mount })),
    node: nodes.get(row.hostId) ?? null,
  }))
  const status = rollUp(hosts)
  return { status, ...wordOfMount({ status, removing: mount.deletedAt !== null, hosts }) }
}

export function mountView(row: MountRecord): MountView {
  const nodes = standingsOf(row.hosts)
  const hosts = row.hosts.map((host) => hostView(row, host, nodes.get(host.hostId)))
  return {
    id: row.id,
    name: row.name,
    backend: { id: row.backend.id, name: row.backend.name, type: row.backend.driver },
    type: row.backend.driver,
    source: row.backend.source,
    mount_point: row.mountPoint,
    read_only: row.readOnly,
    auto_mount: row.autoMount,
    targets: row.targets,
    target_labels: labelsOf(row.targetLabels),
    global: row.targets === 'all',
    on_drift: row.onDrift,
    asked_options: askedOn(row.backend.driver, effectiveMount(row, null)),
    desired_state: row.desiredState,
    status: rollUp(hosts),
    removing: row.deletedAt !== null,
    pool: row.pool,
    repository: row.repository,
    generation: row.generation,
    hosts,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

function hostView(mount: MountRecord, row: MountOnHostRecord, node: NodeStanding | undefined): MountOnHostView {
  const effective = effectiveMount(mount, row.overrides)
  const overrides = overridesOf(row.overrides)
  const known = knownOf(mount, effective)
  const { message, explanation } = explainedRow(row, known)
  const wish = { ...row, mount }
  const drift = driftOf(wish)
  return {
    host_id: row.hostId,
    host_name: row.host.name,
    host_status: row.host.observedStatus,
    desired_state: row.desiredState,
    desired_generation: row.desiredGeneration,
    held_by: row.heldBy,
    removing: row.removed,
    mount_point: effective.mountPoint,
    moving_from: seenAt(row) === effective.mountPoint ? null : seenAt(row),
    read_only: effective.readOnly,
    source: overrides.config === undefined ? mount.backend.source : sourceOf(mount.backend.driver, effective.config),
    overrides: isEmpty(overrides) ? null : overrides,
    state: row.observedState,
    status: statusOf(mount, row, drift),
    observed_generation: row.observedGeneration,
    observed_at: row.observedAt?.toISOString() ?? null,
    since: row.observedSince?.toISOString() ?? null,
    error: message,
    problem: row.observedProblem,
    advice: explanation?.advice ?? null,
    explanation,
    options: row.observedOptions,
    protocol: spokenOn(mount.backend.driver, row.observedOptions),
    asked_options: isEmpty(overrides) ? null : askedOn(mount.backend.driver, effective),
    drift: drift && { ...drift, adoptable: isAdoptable(wish, drift), repairs: row.repairs, given_up: isGivenUp(row) },
    attempts: row.attempts,
    next_attempt_at: row.nextAttemptAt?.toISOString() ?? null,
    usage: (row.usage as MountOnHostView['usage']) ?? null,
    node: node === undefined ? null : { ...node, advice: nodeAdvice(node.problem, known) },
  }
}

function askedOn(driver: string, { config, mountPoint, readOnly }: EffectiveMount): string {
  return optionsAsked(driver, config, mountPoint, readOnly).join(',')
}

/** A type that this version does not know has no words for its source. */
function sourceOf(driver: string, config: Record<string, unknown>): string {
  return isDriverId(driver) ? driverById(driver).describeSource(config) : driver
}

/** What is known of a mount on a host, for the words of a problem that was told without its values. */
export function knownOf(
  { backend }: { backend: Pick<MountRecord['backend'], 'source'> },
  { config, mountPoint }: EffectiveMount,
): ProblemValues {
  return { endpoint: backend.source, ...plainValues(config), path: mountPoint }
}

/** What the node of a host says is wrong. */
function nodeAdvice(problem: string | null, known: ProblemValues): string | null {
  return explained({ error: null, problem, values: null, said: null }, known).explanation?.advice ?? null
}
