import { readFileSync } from 'node:fs'
import { foreignIn, foreignLines, MAX_MOUNTS } from '@/agent/host/mounting/foreign-mounts'
import { parseFstab } from '@/agent/host/mounting/fstab'
import { isWithin, parseMountinfoLines, readMountinfoText } from '@/agent/host/mounting/mountinfo'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { isBind } from '@/lib/drivers/options/system-words'
import { readerOf } from '@/lib/drivers/registry'
import { HoldfastError, toHoldfastError } from '@/lib/errors'

const FSTAB = '/etc/fstab'
const MAX_FSTAB = 256 * 1024

interface Place {
  mountPoint: string
  fsType: string
  /** The directory of a bind mount. */
  bound: string | null
}

/** Storage on this host that somebody else mounted, or that fstab names. Nothing is touched: two files are read. */
export function listForeignMounts(agent: Agent, fstabPath = FSTAB): Handler<'listForeignMounts'> {
  return async () => {
    const ours = new Set(agent.mounts.list().map((mount) => mount.mountPoint))
    const { entries, problems } = parseMountinfoLines(readMountinfoText())
    const fstab = parseFstab(readText(fstabPath))
    return {
      mounts: foreignIn(entries, ours)
        .slice(0, MAX_MOUNTS)
        .map((found) => ({ ...found, denied: denial(agent, ours, { ...found, bound: found.bindOf }) })),
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
