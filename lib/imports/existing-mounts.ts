import type { ForeignMount, ForeignMounts, FstabLine } from '@/lib/agent-protocol/messages'
import { parseBackendInput, parsePartialInput } from '@/lib/drivers/input'
import { isOtherStorage, whyOther } from '@/lib/drivers/mounting/other-types'
import { isSameSource, plainSource } from '@/lib/drivers/mounting/same-source'
import { HIDDEN } from '@/lib/drivers/options/hide-secrets'
import { isBind } from '@/lib/drivers/options/system-words'
import { type AnyDescriptor, type DriverId, readerOf } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { SECRET_IN_SOURCE, WHOLE_TREE } from '@/lib/imports/entry'
import {
  bootOptions,
  whyAutomounted,
  whyDeleted,
  whyFolder,
  whyMountedByOthers,
  whyOtherLine,
  whySeveralLines,
} from '@/lib/imports/existing-lines'
import { freeMountName, mountNameOf } from '@/lib/mounts/mount-name'
import { MountPoint } from '@/lib/mounts/schema'

/** One storage that somebody mounted on a host, or that its fstab names, in our words. */
export interface ExistingMount {
  mountPoint: string
  fsType: string
  source: string
  /** Is it there now? Otherwise it only stands in fstab, or waits for somebody to look at it. */
  isMounted: boolean
  readOnly: boolean
  /** Is it mounted at every boot? */
  autoMount: boolean
  /** As in force now; from fstab when it is not mounted. */
  options: string[]
  fstab: { line: number; text: string } | null
  /** `adopt`: it can be taken over. `refuse`: it cannot, and `reason` says why. `information`: of a kind that is never taken over. */
  action: 'adopt' | 'refuse' | 'information'
  reason: string | null
  type: DriverId | null
  /** Of the backend, as far as the host tells; secrets are never in it. */
  config: Record<string, unknown>
  /** Fields that must be given, since a host does not tell them. */
  needs: string[]
  /** Options that Holdfast does not have: they stay in force until it mounts by itself. */
  leftOut: string[]
  suggestedName: string
}

/** What Holdfast has already: it decides what can be taken over besides what the host tells. */
export interface Managed {
  /** Places of its mounts on this host. */
  places: readonly { name: string; mountPoint: string }[]
  /** Names of its mounts anywhere. */
  names: ReadonlySet<string>
}

const SEVERAL_TYPES =
  'Its line names several types, of which mount(8) takes the first that works: leave one, then look again.'
const TOLD = { isTold: true }
const NOTHING: Managed = { places: [], names: new Set() }

/**
 * Everything the host reports, mounted first. The one judgement of what can be taken over: the preview shows it, and nothing is taken
 * over against it. Never throws: what cannot be understood is refused with its reason.
 */
export function existingMounts(found: ForeignMounts, managed: Managed = NOTHING): ExistingMount[] {
  const lines = Map.groupBy(found.fstab, (line) => line.mountPoint)
  const places = new Set(found.mounts.map((mount) => mount.mountPoint))
  const mounted = found.mounts.map((mount) => describeMounted(mount, lines.get(mount.mountPoint) ?? []))
  const waiting = found.fstab
    .filter((line) => !places.has(line.mountPoint))
    .map((line) => describeLine(line, lines.get(line.mountPoint) ?? [line]))
  return [...mounted, ...waiting].map((mount) => withManaged(mount, managed))
}

function describeMounted(mount: ForeignMount, lines: readonly FstabLine[]): ExistingMount {
  const [line] = lines
  if (mount.fsType === 'autofs') return describeTrigger(mount, line)
  const options = [...new Set([...mount.options, ...mount.superOptions])]
  // Of a bind mount the kernel shows the disk; people know it by its directory.
  const base = baseOf({ ...mount, source: mount.bindOf ?? mount.source }, options, line, true)
  if (mount.partOf !== undefined && line === undefined)
    return { ...base, reason: `It was made by the kernel inside ${mount.partOf}, and comes and goes with that.` }
  const refusal =
    (mount.isStacked ? 'More than one mount lies at this place.' : null) ??
    (mount.automount ? whyAutomounted(mount.automount, line) : null) ??
    whyDeleted(mount.bindOf) ??
    (line === undefined ? whyMountedByOthers(mount.mountPoint) : null) ??
    (mount.folder === undefined ? null : whyFolder(mount.folder, mount.source)) ??
    whySeveralLines(lines) ??
    (line ? whyOtherLine(line, { source: base.source, isBind: mount.bindOf !== null }) : null) ??
    mount.denied
  return complete(base, { bindOf: mount.bindOf, refusal, line })
}

/** A place that something is mounted at as soon as somebody looks at it. */
function describeTrigger(mount: ForeignMount, line: FstabLine | undefined): ExistingMount {
  const reason = mount.automount ? whyAutomounted(mount.automount, line) : 'An automount lies at this place.'
  if (line) return { ...refuse(describeLine(line, [line]), reason) }
  return { ...baseOf(mount, mount.options, undefined, false), reason }
}

function describeLine(line: FstabLine, lines: readonly FstabLine[]): ExistingMount {
  const base = baseOf(line, line.options, line, false)
  const isWhole = line.options.includes('rbind')
  const refusal = (isWhole ? WHOLE_TREE : null) ?? whySeveralLines(lines) ?? line.denied
  return complete(base, { bindOf: isBind(line.options) ? line.source : null, refusal })
}

function baseOf(
  { mountPoint, fsType, source }: Pick<ForeignMount, 'mountPoint' | 'fsType' | 'source'>,
  options: string[],
  line: FstabLine | undefined,
  isMounted: boolean,
): ExistingMount {
  return {
    mountPoint,
    fsType,
    source,
    isMounted,
    readOnly: options.includes('ro'),
    autoMount: !line?.options.includes('noauto'),
    options,
    fstab: line === undefined ? null : { line: line.line, text: line.text },
    action: 'information',
    reason: null,
    type: null,
    config: {},
    needs: [],
    leftOut: bootOptions(line?.options ?? []),
    suggestedName: mountNameOf(mountPoint.split('/').filter(Boolean).slice(-1).join('-')) || 'mount',
  }
}

function refuse(mount: ExistingMount, reason: string): ExistingMount {
  return mount.action === 'information' ? mount : { ...mount, action: 'refuse', reason }
}

interface Circumstances {
  bindOf: string | null
  /** What speaks against it besides what its type says; it is read all the same, so that people see what it is. */
  refusal: string | null
  /** Of what is mounted. */
  line?: FstabLine | undefined
}

function complete(base: ExistingMount, { bindOf, refusal, line }: Circumstances): ExistingMount {
  const descriptor = readerOf(base.fsType, bindOf !== null)
  if (!descriptor?.existingMounts) {
    if (base.fsType.includes(',')) return { ...base, action: 'refuse', reason: SEVERAL_TYPES }
    if (isOtherStorage(base.fsType)) return { ...base, reason: whyOther(base.fsType) }
    return { ...base, action: 'refuse', reason: `Mounts of type ${base.fsType.slice(0, 40)} cannot be taken over.` }
  }
  if ((bindOf ?? base.source).includes(HIDDEN)) return { ...base, action: 'refuse', reason: SECRET_IN_SOURCE }
  const told = (options: readonly string[]) => options.filter((option) => option !== HIDDEN)
  const read = descriptor.existingMounts.read({
    source: plainSource(bindOf ?? base.source),
    fsType: base.fsType,
    options: told(base.options),
    from: base.isMounted ? 'kernel' : 'fstab',
    ...(line === undefined ? {} : { line: { fsType: line.fsType, options: told(line.options) } }),
  })
  if ('reason' in read) return { ...base, action: read.isForeign ? 'information' : 'refuse', reason: read.reason }
  const hidden = base.options.includes(HIDDEN) ? [HIDDEN] : []
  const leftOut = [...new Set([...read.leftOut, ...base.leftOut, ...hidden])]
  const described: ExistingMount = { ...base, ...read, leftOut, type: descriptor.id, action: 'adopt', reason: null }
  const reason = refusal ?? whySelfBind(base.mountPoint, bindOf) ?? whyUnfit(described, descriptor, bindOf)
  if (reason !== null) return refuse(described, reason)
  return { ...described, config: parsePartialInput(descriptor.id, read.config, TOLD).config }
}

/** People bind a directory to itself to set flags for it, or to make it a mount point: there is no other storage in it. */
function whySelfBind(mountPoint: string, bindOf: string | null): string | null {
  if (bindOf === null || !isSameSource(bindOf, mountPoint)) return null
  return 'The directory is bound to itself, so that there is nothing else to mount: leave it as it is.'
}

/** Why what was read of it is no backend and mount of ours; null when it is. */
function whyUnfit(mount: ExistingMount, descriptor: AnyDescriptor, bindOf: string | null): string | null {
  const place = MountPoint.safeParse(mount.mountPoint)
  if (!place.success) return place.error.issues[0]?.message ?? 'The mount point cannot be used.'
  const wrong = whyNoBackend(descriptor.id, mount)
  if (wrong !== null) return wrong
  const source = descriptor.describeSource(parsePartialInput(descriptor.id, mount.config, TOLD).config)
  if (!mount.isMounted || bindOf !== null || isSameSource(source, mount.source)) return null
  return `The kernel shows the source "${mount.source}", and Holdfast would mount "${source}": it would not recognise its own mount.`
}

/** What making the backend would say, but for the fields that are asked for. */
function whyNoBackend(type: DriverId, { config, needs }: ExistingMount): string | null {
  try {
    parsePartialInput(type, config, TOLD)
    parseBackendInput(type, config, TOLD)
    return null
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    const asked = new Set(needs.map((field) => `config.${field}`))
    if (!error.fields) return error.message
    return error.fields.find(({ field }) => !asked.has(field))?.message ?? null
  }
}

/** Nothing of ours may be in, around or at its place, and its name is one that is free. */
function withManaged(mount: ExistingMount, { places, names }: Managed): ExistingMount {
  const { mountPoint } = mount
  const isIn = (path: string, directory: string) => path === directory || path.startsWith(`${directory}/`)
  const other = places.find((place) => isIn(place.mountPoint, mountPoint) || isIn(mountPoint, place.mountPoint))
  const named = { ...mount, suggestedName: freeMountName(mount.suggestedName, names) }
  if (other === undefined || mount.action !== 'adopt') return named
  const reason =
    other.mountPoint === mountPoint
      ? `Mount '${other.name}' of Holdfast is wanted at this place already.`
      : `It overlaps with ${other.mountPoint}, where mount '${other.name}' of Holdfast is; one cannot be inside of another.`
  return refuse(named, reason)
}
