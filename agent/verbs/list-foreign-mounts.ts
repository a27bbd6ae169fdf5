import { readFileSync } from 'node:fs'
import { foreignIn, isForeignStorage, MAX_MOUNTS } from '@/agent/host/mounting/foreign-mounts'
import { type FstabEntry, parseFstab } from '@/agent/host/mounting/fstab'
import { isWithin, parseMountinfoLines, readMountinfoText } from '@/agent/host/mounting/mountinfo'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
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
    const lines = Map.groupBy(fstab.entries, ({ mountPoint }) => mountPoint)
    return {
      mounts: foreignIn(entries, ours)
        .slice(0, MAX_MOUNTS)
        .map((found) => ({ ...found, denied: denial(agent, ours, { ...found, bound: found.bindOf }) })),
      fstab: fstab.entries
        .filter((entry) => !ours.has(entry.mountPoint) && isStorage(entry))
        .slice(0, MAX_MOUNTS)
        .map((entry) => {
          const alsoLines = (lines.get(entry.mountPoint) ?? []).map(({ line }) => line).filter((n) => n !== entry.line)
          const bound = isBind(entry) ? entry.source : null
          return {
            ...entry,
            denied: denial(agent, ours, { ...entry, bound }),
            ...(alsoLines.length ? { alsoLines } : {}),
          }
        }),
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

function isBind({ options }: FstabEntry): boolean {
  return options.includes('bind') || options.includes('rbind')
}

function isStorage(entry: FstabEntry): boolean {
  return isForeignStorage(entry.fsType) || isBind(entry)
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
