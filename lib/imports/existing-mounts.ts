import type { ForeignMount, ForeignMounts, FstabLine } from '@/lib/agent-protocol/messages'
import { parsePartialInput } from '@/lib/drivers/input'
import { ALL_TYPES, type AnyDescriptor, type DriverId } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { mountNameOf } from '@/lib/mounts/mount-name'

/** One storage that somebody mounted on a host, or that its fstab names, in our words. */
export interface ExistingMount {
  mountPoint: string
  fsType: string
  source: string
  /** Is it there now? Otherwise it only stands in fstab. */
  isMounted: boolean
  readOnly: boolean
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

/** Everything the host reports, mounted first. Never throws: what cannot be understood is refused with its reason. */
export function existingMounts(found: ForeignMounts): ExistingMount[] {
  const lines = new Map(found.fstab.map((line) => [line.mountPoint, line]))
  const mounted = found.mounts.map((mount) => describeMounted(mount, lines.get(mount.mountPoint)))
  const places = new Set(found.mounts.map((mount) => mount.mountPoint))
  const waiting = found.fstab.filter((line) => !places.has(line.mountPoint)).map(describeLine)
  return [...mounted, ...waiting]
}

function describeMounted(mount: ForeignMount, line: FstabLine | undefined): ExistingMount {
  const options = [...new Set([...mount.options, ...mount.superOptions])]
  // Of a bind mount the kernel shows the disk; people know it by its directory.
  const base = baseOf({ ...mount, source: mount.bindOf ?? mount.source }, options, line, true)
  if (mount.isStacked) return { ...base, action: 'refuse', reason: 'More than one mount lies at this place.' }
  return complete(base, mount.bindOf, mount.denied)
}

function describeLine(line: FstabLine): ExistingMount {
  const isBind = line.options.includes('bind')
  const base = baseOf(line, line.options, line, false)
  if (line.options.includes('rbind'))
    return { ...base, action: 'refuse', reason: 'A bind mount with everything below it (rbind) is not supported.' }
  return complete(base, isBind ? line.source : null, line.denied)
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
    options,
    fstab: line === undefined ? null : { line: line.line, text: line.text },
    action: 'information',
    reason: null,
    type: null,
    config: {},
    needs: [],
    leftOut: [],
    suggestedName: mountNameOf(mountPoint.split('/').filter(Boolean).slice(-1).join('-')) || 'mount',
  }
}

function complete(base: ExistingMount, bindOf: string | null, denied: string | null): ExistingMount {
  const descriptor = readerOf(base.fsType, bindOf !== null)
  if (!descriptor?.existingMounts) {
    const reason = `Mounts of type ${base.fsType.slice(0, 40)} cannot be taken over.`
    return { ...base, action: base.fsType.startsWith('fuse') ? 'information' : 'refuse', reason }
  }
  const read = descriptor.existingMounts.read({ source: bindOf ?? base.source, options: base.options })
  if ('reason' in read) return { ...base, action: read.isForeign ? 'information' : 'refuse', reason: read.reason }
  const described = { ...base, ...read, type: descriptor.id }
  if (denied !== null) return { ...described, action: 'refuse', reason: denied }
  let config: ExistingMount['config']
  try {
    config = parsePartialInput(descriptor.id, read.config).config
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return { ...described, action: 'refuse', reason: error.fields?.[0]?.message ?? error.message }
  }
  const source = descriptor.describeSource(config)
  if (base.isMounted && bindOf === null && source !== base.source) {
    const reason = `The kernel shows the source "${base.source}", and Holdfast would mount "${source}": it would not recognise its own mount.`
    return { ...described, action: 'refuse', reason }
  }
  return { ...described, action: 'adopt', reason: null }
}

/** The storage type that understands such a mount. */
function readerOf(fsType: string, isBind: boolean): AnyDescriptor | undefined {
  return ALL_TYPES.find(({ existingMounts }) =>
    isBind ? existingMounts?.readsBinds : existingMounts?.fsTypes.includes(fsType),
  )
}
