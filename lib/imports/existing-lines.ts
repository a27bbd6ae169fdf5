import type { ForeignMount, FstabLine } from '@/lib/agent-protocol/messages'
import { isOtherStorage } from '@/lib/drivers/mounting/other-types'
import { isSameSource } from '@/lib/drivers/mounting/same-source'
import { isBind } from '@/lib/drivers/options/system-words'

/** Words of fstab about when, by whom and in what order something is mounted; the kernel does not know them. */
const OF_BOOT = /^(?:noauto|users?|owner|group|(?:x-|comment=|uhelper=|helper=).*)$/

/** Those that Holdfast does otherwise, so that their loss is said. `nofail` and `_netdev` are how it always mounts. */
export function bootOptions(options: readonly string[]): string[] {
  return options.filter((option) => OF_BOOT.test(option))
}

/** Why what lies behind a trigger is not taken over: the trigger would mount it by itself. */
export function whyAutomounted(
  { by, place, map }: NonNullable<ForeignMount['automount']>,
  line: FstabLine | undefined,
): string {
  if (by === 'systemd') {
    const unit = automountUnit(place)
    const wish =
      line === undefined
        ? `disable it (systemctl disable --now ${unit})`
        : `take x-systemd.automount out of line ${line.line} of /etc/fstab and stop it (systemctl daemon-reload; systemctl stop ${unit})`
    return `It is mounted on demand by the automount unit ${unit}, which would mount and unmount it against Holdfast: ${wish}, then look again.`
  }
  const named = map === null || map === '' ? '' : ` (map ${map})`
  return `It is mounted on demand by the automount daemon at ${place}${named}, which would mount and unmount it against Holdfast: take it out of that map, then look again.`
}

/** As systemd-escape(1) makes the name of a unit from a path. */
function automountUnit(path: string): string {
  const plain = path.replace(/\/+/g, '/').replace(/^\/|\/$/g, '')
  const escaped = [...Buffer.from(plain)].map((byte, at) => {
    const letter = String.fromCharCode(byte)
    if (letter === '/') return '-'
    const isPlain = /[\w:.]/.test(letter) && !(letter === '.' && at === 0)
    return isPlain ? letter : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `${escaped.join('') || '-'}.automount`
}

/** What is below this place is mounted by Proxmox VE from its own list of storages, again whenever it is gone. */
const OF_PROXMOX = /^\/mnt\/pve\/([^/]+)$/

/** Why what nobody has written into fstab is not taken over: another program would go on mounting it. */
export function whyMountedByOthers(mountPoint: string): string | null {
  const [, name] = OF_PROXMOX.exec(mountPoint) ?? []
  if (name === undefined) return null
  return `Proxmox VE mounts its storage "${name.slice(0, 60)}" here, and would do so again: import its storage.cfg on the page of backends, or take the storage out of Proxmox first.`
}

/** As the kernel shows the directory of a bind mount that is not there any more. */
export function whyDeleted(bindOf: string | null): string | null {
  if (bindOf?.endsWith('//deleted') !== true) return null
  return 'The directory that it shows was deleted or replaced: unmount it, or mount the directory that is there now.'
}

/** Several lines for one place are mounted over each other at boot. */
export function whySeveralLines(lines: readonly FstabLine[]): string | null {
  const numbers = new Set(lines.flatMap(({ line, alsoLines = [] }) => [line, ...alsoLines]))
  if (numbers.size < 2) return null
  const all = [...numbers].sort((one, other) => one - other)
  const words = `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
  return `Lines ${words} of /etc/fstab name this place, and would be mounted over each other: leave one of them, then look again.`
}

/** A line that names something else than what is mounted would put that there at the next boot. */
export function whyOtherLine(line: FstabLine, mounted: { source: string; isBind: boolean }): string | null {
  const isBound = isBind(line.options)
  if (!isBound && isOtherStorage(line.fsType))
    return `Line ${line.line} of /etc/fstab has the type ${line.fsType.slice(0, 60)}, whose program made this mount: what the kernel shows of it is not the storage itself. It stays as it is.`
  if (isBound === mounted.isBind && isSameSource(line.source, mounted.source)) return null
  return `Line ${line.line} of /etc/fstab names "${line.source}" for this place, and "${mounted.source}" is mounted there: remove or correct the line, then look again.`
}

/** Holdfast would show the whole share in the place of a folder of it. */
export function whyFolder(folder: string, source: string): string {
  return `It shows only the folder "${folder}" of ${source} (a bind mount of that folder): mount the folder itself as a share, or leave this mount as it is.`
}
