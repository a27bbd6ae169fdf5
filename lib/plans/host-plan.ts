import { commandLine } from '@/lib/drivers/command-line'
import type { Command, MountRequest } from '@/lib/drivers/contract/mount-request'
import { mountCommands, unmountArguments, unmountCommands } from '@/lib/drivers/mounting/commands'
import type { OptionDifference } from '@/lib/drivers/options/effective-options'
import { optionReport } from '@/lib/drivers/options/option-drift'
import { driverById } from '@/lib/drivers/registry'
import { mountRequestFor } from '@/lib/drivers/requests'
import { type EffectiveMount, effectiveMount, overridesOf } from '@/lib/mounts/effective'
import { seenAt } from '@/lib/mounts/place'
import { traitsOf } from '@/lib/mounts/state'
import type { HostStep, PlanAction, PlannedHost } from '@/lib/plans/schema'
import type { BackendPart, HostPart, MountPart, Snapshot } from '@/lib/plans/snapshot'
import { formatBytes } from '@/lib/units'

/** One mount on one host at one moment. */
interface Wish {
  backend: BackendPart
  mount: MountPart
  host: HostPart
}

const INTERRUPTING: ReadonlySet<HostStep> = new Set(['remount', 'unmount', 'remove', 'abandon'])

const IN_THE_WAY: Partial<Record<HostPart['observedState'], string>> = {
  foreign: 'Something else is mounted at this place; the host refuses until that is gone.',
  stacked: 'Several mounts lie on top of each other at this place; the host refuses until they are gone.',
  stuck: 'The kernel has not given the mount back; this waits until it does.',
  detached_dirty: 'An earlier mount was detached while in use and has not ended yet.',
}

function settingsOf({ backend, mount, host }: Wish): EffectiveMount {
  return effectiveMount({ ...mount, backend }, host.overrides)
}

/** The parsed config; a stored one may be older than a default. Null when it does not fit its type any more. */
export function parsedConfig(driver: string, config: Record<string, unknown>): Record<string, unknown> | null {
  const answer = driverById(driver).config.safeParse(config)
  return answer.success ? answer.data : null
}

function requestOf(wish: Wish): MountRequest | null {
  const { config, mountPoint, readOnly } = settingsOf(wish)
  return mountRequestFor(wish.backend.driver, config, { mountId: wish.mount.id, path: mountPoint, readOnly })
}

/** From where to where it moves; null when it stays where it is. */
function moveOf(before: Wish | null, after: Wish | null): { from: string; to: string } | null {
  if (before === null || after === null) return null
  const [from, to] = [before, after].map((wish) => settingsOf(wish).mountPoint) as [string, string]
  return from === to ? null : { from, to }
}

/** The directory under a mount, which takes no writes while nothing is mounted there. */
function toGuard(path: string): Command[] {
  return [
    { command: 'mkdir', args: ['-p', '-m', '0000', '--', path] },
    { command: 'chattr', args: ['+i', path] },
  ]
}

function toMount(wish: Wish): Command[] {
  const request = requestOf(wish)
  return request === null ? [] : mountCommands(request)
}

function toUnmount(wish: Wish): Command[] {
  const request = requestOf(wish)
  if (request !== null) return unmountCommands(request)
  return [{ command: 'umount', args: unmountArguments(settingsOf(wish).mountPoint) }]
}

/** What becomes of a mount that moves, and what other hosts run instead, where a command is not the same on all of them. */
function notesOf(step: HostStep, before: Wish | null, after: Wish | null): string[] {
  const request = after && (step === 'mount' || step === 'remount') ? requestOf(after) : null
  const move = step === 'remount' ? moveOf(before, after) : null
  return [...(move === null ? [] : movingNotes(move)), ...(request?.kind === 'daemon' ? request.notes : [])]
}

function movingNotes({ from, to }: { from: string; to: string }): string[] {
  return [
    `The host first looks whether ${to} can be used. If it cannot, or a program uses ${from}, the mount stays at ${from}.`,
    `The directory ${from} is removed if Holdfast made it; else it is as it was before.`,
    `Programs, containers and services that name ${from} have to name ${to} from then on.`,
  ]
}

/** What the agent compares before it leaves a mount as it is. */
function document(wish: Wish): string {
  const { id, driver, secrets } = wish.backend
  return JSON.stringify([id, driver, sorted(secrets), { ...settingsOf(wish), config: sorted(settingsOf(wish).config) }])
}

function sorted(record: Record<string, unknown>): [string, unknown][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}

function isWanted(wish: Wish | null): wish is Wish {
  return wish !== null && !wish.host.removed && !wish.mount.isDeleted
}

/** As `isMadeFrom` of the agent: what was made writable and is read-only by now serves a document that wants it so. */
function isMadeFrom(before: Wish, after: Wish): boolean {
  if (document(before) === document(after)) return true
  const isReadOnlyNow = before.host.observedOptions?.split(',').includes('ro') ?? false
  const { overrides } = after.host
  if (!isReadOnlyNow || !settingsOf(after).readOnly) return false
  const writable = { ...after, host: { ...after.host, overrides: { ...overridesOf(overrides), read_only: false } } }
  return document(before) === document(writable)
}

function stepOf(action: PlanAction, before: Wish | null, after: Wish | null): HostStep {
  const state = before?.host.observedState ?? 'unknown'
  const { isPresent } = traitsOf(state)
  if (action === 'abandon' && state !== 'absent') return 'abandon'
  if (!isWanted(after)) return isPresent ? 'remove' : 'forget'
  const isNew = before === null || after.host.desiredGeneration !== before.host.desiredGeneration
  if (after.host.desiredState === 'unmounted') return isPresent ? 'unmount' : isNew ? 'adjust' : 'none'
  if (before === null && after.host.adopted) return 'adopt'
  if (before === null || !isPresent) return 'mount'
  const hasTaken =
    before.host.observedGeneration !== null && before.host.observedGeneration >= before.host.desiredGeneration
  const isSame = hasTaken && isMadeFrom(before, after)
  if (state === 'corrupted' || !isSame) return 'remount'
  return isNew ? 'adjust' : 'none'
}

function commandsOf(step: HostStep, before: Wish | null, after: Wish | null): Command[] {
  const last = before ?? after
  switch (step) {
    case 'mount':
      return after ? toMount(after) : []
    case 'remount': {
      if (!before || !after) return []
      const move = moveOf(before, after)
      return [...toUnmount(before), ...(move === null ? [] : toGuard(move.to)), ...toMount(after)]
    }
    case 'unmount':
    case 'remove':
      return last ? toUnmount(last) : []
    case 'abandon':
      return last
        ? [...toUnmount(last), { command: 'umount', args: unmountArguments(settingsOf(last).mountPoint, 'lazy') }]
        : []
    default:
      return []
  }
}

/** The options in force against those that are asked for; empty where nothing is to be mounted. */
function optionsOf(step: HostStep, before: Wish | null, after: Wish | null): OptionDifference[] {
  const effective = before && traitsOf(before.host.observedState).isPresent ? before.host.observedOptions : null
  const isAsked = step === 'mount' || step === 'remount' || step === 'none' || step === 'adjust'
  if (!isAsked || !after || after.host.desiredState !== 'mounted' || effective === null) return []
  const { config, mountPoint, readOnly } = settingsOf(after)
  return optionReport(after.backend.driver, config, mountPoint, readOnly, effective).differences
}

interface StoredUsage {
  pending?: { files?: number; bytes?: number | null }
}

const ABANDONED =
  'If the first command cannot free the path, the last one takes it away from programs that still use it: what they have not written yet may be lost, and they keep the old mount until they end.'

/** Of a mount that goes, where others have mounted something. */
const LEFT_ALONE: Partial<Record<HostPart['observedState'], string>> = {
  foreign: 'Something else is mounted at this place; it is not ours and stays as it is.',
  stacked:
    'Several mounts lie on top of each other at this place; if ours is among them, the host refuses until the others are gone.',
}

const OTHERS_TOO = 'What others have mounted at this place is taken away with it.'

/** Writes that have not reached the storage yet, in words; null when nothing waits. */
function pendingWords(usage: unknown, step: HostStep): string | null {
  const pending = (usage as StoredUsage | null)?.pending
  if (!pending?.files) return null
  const size = pending.bytes ? `, ${formatBytes(pending.bytes)}` : ''
  const files = pending.files === 1 ? '1 file waits' : `${pending.files} files wait`
  const fate =
    step === 'abandon' ? 'They may be lost.' : 'They are written first; if that takes too long, the unmount is refused.'
  return `${files} to be uploaded${size}. ${fate}`
}

function warningsOf(step: HostStep, before: Wish | null): string[] {
  if (before === null || step === 'none' || step === 'adjust') return []
  const { observedState, usage } = before.host
  const inTheWay = IN_THE_WAY[observedState]
  const takesDown = INTERRUPTING.has(step)
  const pending = takesDown ? pendingWords(usage, step) : null
  const leftAlone = LEFT_ALONE[observedState]
  if (leftAlone !== undefined && (step === 'forget' || (step === 'abandon' && observedState === 'foreign'))) {
    return [leftAlone]
  }
  if (step === 'abandon') {
    return [...(observedState === 'stacked' ? [OTHERS_TOO] : []), ABANDONED, ...(pending === null ? [] : [pending])]
  }
  return [
    ...(inTheWay === undefined ? [] : [inTheWay]),
    ...(observedState === 'hung' && takesDown
      ? ['The storage does not answer; programs that wait for it may keep the mount busy.']
      : []),
    ...(pending === null ? [] : [pending]),
  ]
}

/** As it is, where the host has it at another place than it was wanted last: the move there has not come about. */
function whereSeen(wish: Wish): Wish {
  const place = seenAt(wish.host)
  if (place === null || place === settingsOf(wish).mountPoint) return wish
  return { ...wish, host: { ...wish.host, overrides: { ...overridesOf(wish.host.overrides), mount_point: place } } }
}

/** What a change means for one mount on one host. `stored` and `after` are null where the host has no row. */
export function planHost(
  action: PlanAction,
  stored: Wish | null,
  after: Wish | null,
  wave: number | null,
): PlannedHost | null {
  const before = stored && whereSeen(stored)
  const known = after ?? before
  if (known === null) return null
  const { host, mount } = known
  const step = stepOf(action, before, after)
  return {
    host_id: host.hostId,
    host_name: host.hostName,
    host_status: host.hostStatus,
    mount_id: mount.id,
    mount_name: mount.name,
    step,
    state: before?.host.observedState ?? 'unknown',
    commands: commandsOf(step, before, after).map(commandLine),
    notes: notesOf(step, before, after),
    options: optionsOf(step, before, after),
    interrupts: INTERRUPTING.has(step),
    follows_later: host.hostStatus === 'offline' || host.hostStatus === 'error',
    wave,
    warnings: warningsOf(step, before),
  }
}

/** The wish for one host in a snapshot. */
export function wishIn(snapshot: Snapshot, mountId: string, hostId: string): Wish | null {
  const mount = snapshot.mounts.find(({ id }) => id === mountId)
  const host = mount?.hosts.find((row) => row.hostId === hostId)
  return snapshot.backend && mount && host ? { backend: snapshot.backend, mount, host } : null
}
