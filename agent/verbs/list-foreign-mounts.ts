import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mountUnitName } from '@/agent/boot/mount-units'
import { foreignIn, foreignLines, MAX_MOUNTS } from '@/agent/host/mounting/foreign-mounts'
import { parseFstab } from '@/agent/host/mounting/fstab'
import { isWithin, parseMountinfoLines, readMountinfoText } from '@/agent/host/mounting/mountinfo'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { isBind } from '@/lib/drivers/options/system-words'
import { readerOf } from '@/lib/drivers/registry'
import { HoldfastError, toHoldfastError } from '@/lib/errors'

const FSTAB = '/etc/fstab'
/** Where units are enabled for the boot. */
const UNITS = '/etc/systemd/system'
const MAX_FSTAB = 256 * 1024

interface Place {
  mountPoint: string
  fsType: string
  /** The directory of a bind mount. */
  bound: string | null
}

/** Storage on this host that somebody else mounted, or that fstab names. Nothing is touched: two files are read. */
export function listForeignMounts(agent: Agent, fstabPath = FSTAB, units = UNITS): Handler<'listForeignMounts'> {
  return async () => {
    const enabled = enabledUnits(units)
    const ours = new Set(agent.mounts.list().map((mount) => mount.mountPoint))
    const { entries, problems } = parseMountinfoLines(readMountinfoText())
    const fstab = parseFstab(readText(fstabPath))
    return {
      mounts: foreignIn(entries, ours)
        .slice(0, MAX_MOUNTS)
        .map((found) => ({
          ...found,
          denied: denial(agent, ours, { ...found, bound: found.bindOf }) ?? whyOfUnit(enabled, found.mountPoint),
        })),
      fstab: foreignLines(fstab.entries, ours)
        .slice(0, MAX_MOUNTS)
        .map((line) => ({
          ...line,
          denied: denial(agent, ours, { ...line, bound: isBind(line.options) ? line.source : null }),
        })),
      problems: [
        ...problems.map((problem) => ({ file: 'mountinfo' as const, ...problem })),
        ...fstab.problems.map((problem) => ({ file: 'fstab' as const, ...problem })),
      ],
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, MAX_FSTAB)
  } catch {
    // A host without the file has nothing in it.
    return ''
  }
}

/** The units that systemd starts by itself at boot, by their names. */
function enabledUnits(directory: string): ReadonlySet<string> {
  const found = namesIn(directory).filter((name) => /[.](?:wants|requires|upholds)$/.test(name))
  return new Set(found.flatMap((name) => namesIn(join(directory, name))))
}

function namesIn(directory: string): string[] {
  try {
    return lstatSync(directory).isDirectory() ? readdirSync(directory) : []
  } catch {
    // Hosts without systemd have none of it.
    return []
  }
}

/** A unit that somebody wrote instead of a line in fstab would mount it at the next boot, before or over a mount of ours. */
function whyOfUnit(enabled: ReadonlySet<string>, mountPoint: string): string | null {
  const unit = mountUnitName(mountPoint)
  if (!enabled.has(unit)) return null
  return `It is mounted at boot by the unit ${unit} of systemd: disable that (systemctl disable '${unit}'), which leaves it mounted, then look again.`
}

/** Why a mount of ours could not be there: everything that the commands ask of the policy, and what lies around it. */
function denial(agent: Agent, ours: ReadonlySet<string>, { mountPoint, fsType, bound }: Place): string | null {
  const policy = agent.policy()
  try {
    policy.checkMountPoint(mountPoint)
    const type = readerOf(fsType, bound !== null)
    if (type) policy.checkDriver(type.id)
    if (bound !== null) policy.sources.check(bound)
    const other = [...ours].find((place) => isWithin(place, mountPoint) || isWithin(mountPoint, place))
    if (other === undefined) return null
    throw new HoldfastError('conflict', `${mountPoint} overlaps with ${other}, a mount of this host that Holdfast has.`)
  } catch (error) {
    return toHoldfastError(error).message
  }
}
