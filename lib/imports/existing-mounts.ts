import type { ForeignMount, ForeignMounts, FstabLine } from '@/lib/agent-protocol/messages'
import { parsePartialInput } from '@/lib/drivers/input'
import { type DriverId, driverById } from '@/lib/drivers/registry'
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

const NFS_TYPES = new Set(['nfs', 'nfs4'])
const CIFS_TYPES = new Set(['cifs', 'smb3'])

/** What the kernel negotiated or always shows; nobody chose it. */
const UNCHOSEN: Readonly<Record<'nfs' | 'cifs', RegExp>> = {
  nfs: /^(?:rw|relatime|namlen|addr|clientaddr|local_lock|mount(?:addr|vers|port|proto)|[rw]size|ac(?:reg|dir)(?:min|max)|fsc|x-systemd\..*|comment|vers4)(?:=|$)/,
  cifs: /^(?:rw|relatime|addr|[rw]size|bsize|(?:no)?serverino|mapposix|mapchars|nounix|unix|(?:no)?force[ug]id|echo_interval|actimeo|ac(?:reg|dir)max|closetimeo|reparse|nativesocket|symlink|posixpaths|nosharesock|max_credits|handletimeout|snapshot|multichannel|max_channels|iocharset|cache|x-systemd\..*|comment)(?:=|$)/,
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
  const read = readStorage(base, bindOf)
  if (typeof read === 'string') {
    const isForeignKind = base.fsType.startsWith('fuse') || base.fsType === 'rclone'
    return { ...base, action: isForeignKind ? 'information' : 'refuse', reason: read }
  }
  const described = { ...base, ...read }
  if (denied !== null) return { ...described, action: 'refuse', reason: denied }
  let config: ExistingMount['config']
  try {
    config = parsePartialInput(read.type, read.config).config
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return { ...described, action: 'refuse', reason: error.fields?.[0]?.message ?? error.message }
  }
  const source = driverById(read.type).describeSource(config)
  if (base.isMounted && read.type !== 'local-dir' && source !== base.source) {
    const reason = `The kernel shows the source "${base.source}", and Holdfast would mount "${source}": it would not recognise its own mount.`
    return { ...described, action: 'refuse', reason }
  }
  return { ...described, action: 'adopt', reason: null }
}

type Read = Pick<ExistingMount, 'config' | 'needs' | 'leftOut'> & { type: DriverId }

/** The settings of a storage of ours, or why there are none. */
function readStorage(mount: ExistingMount, bindOf: string | null): Read | string {
  if (bindOf !== null) {
    const noexec = mount.options.includes('noexec')
    return { type: 'local-dir', config: { path: bindOf, ...(noexec ? { noexec } : {}) }, needs: [], leftOut: [] }
  }
  if (NFS_TYPES.has(mount.fsType)) return readNfs(mount)
  if (CIFS_TYPES.has(mount.fsType)) return readCifs(mount)
  if (mount.fsType === 'fuse.rclone' || mount.fsType === 'rclone')
    return 'An rclone mount belongs to the process that serves it. Import its rclone.conf on the page of backends instead.'
  if (mount.fsType === 'fuse.wolfdisk')
    return 'A WolfDisk mount belongs to the node that serves it. Make a backend of type WolfDisk instead.'
  return `Mounts of type ${mount.fsType.slice(0, 40)} cannot be taken over.`
}

function readNfs(mount: ExistingMount): Read | string {
  const { server, path } =
    /^(?<server>\[[^\]]+\]|[^:[\]]+):(?<path>\/.*)$/.exec(mount.source)?.groups ?? ({} as Record<string, undefined>)
  if (server === undefined || path === undefined) return 'The source is not of the form server:/export.'
  const { taken, leftOut } = readOptions('nfs', mount.options)
  return {
    type: 'nfs',
    config: { server: server.replace(/^\[(.*)\]$/, '$1'), export_path: path, ...taken },
    needs: [],
    leftOut,
  }
}

function readCifs(mount: ExistingMount): Read | string {
  const [server, share, ...folders] = mount.source.replaceAll('\\', '/').replace(/^\/\//, '').split('/')
  if (!server || !share) return 'The source is not of the form //server/share.'
  const optionValue = (...names: string[]) =>
    mount.options.find((option) => names.some((name) => option.startsWith(`${name}=`)))?.replace(/^[^=]*=/, '')
  const others = mount.options.filter(
    (option) => !/^(?:user|username|pass|password|cred|credentials|domain|dom|workgroup|sec)(?:=|$)/.test(option),
  )
  const { taken, leftOut } = readOptions('cifs', others)
  const username = optionValue('username', 'user')
  const domain = optionValue('domain', 'dom', 'workgroup')
  const isGuest = mount.options.includes('guest') || mount.options.includes('sec=none')
  const path = folders.join('/')
  const auth = isGuest ? { auth: 'guest' } : { auth: 'password', ...(username ? { username } : {}) }
  return {
    type: 'cifs',
    config: { server, share_name: share, ...(path ? { path } : {}), ...(domain ? { domain } : {}), ...auth, ...taken },
    needs: isGuest ? [] : [...(username ? [] : ['username']), 'password'],
    leftOut: leftOut.filter((option) => option !== 'guest'),
  }
}

/** Each option by itself: one that is not in the closed set must not take the others with it. */
function readOptions(
  type: 'nfs' | 'cifs',
  options: readonly string[],
): { taken: Record<string, unknown>; leftOut: string[] } {
  const { parseFreeTextOptions } = driverById(type)
  let taken: Record<string, unknown> = {}
  const leftOut: string[] = []
  for (const option of options) {
    // Whether it is read only is a matter of the mount, not of the storage.
    if (option === 'ro' || UNCHOSEN[type].test(option)) continue
    try {
      const read = { ...taken, ...parseFreeTextOptions?.(option) }
      parsePartialInput(type, read)
      taken = read
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      leftOut.push(option)
    }
  }
  return { taken, leftOut }
}
