import { readFileSync } from 'node:fs'

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks since boot, field 22 of /proc/<pid>/stat. */
  startedAt: string
}

/** null when there is no such process. A zombie counts as gone. */
export function identify(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state] = fields
    const startedAt = fields[19]
    return startedAt === undefined || state === 'Z' || state === 'X' ? null : { pid, startedAt }
  } catch {
    return null
  }
}

export function isAlive(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startedAt === process.startedAt
}

/** Signals that very process, never a successor with its number. False when it is gone. */
export function signal(target: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): boolean {
  if (target.pid <= 1 || !isAlive(target)) return false
  try {
    return process.kill(target.pid, name)
  } catch {
    return false
  }
}

/** SIGKILL to the process group that it leads. False when it is gone. */
export function killGroup(leader: ProcessIdentity): boolean {
  if (leader.pid <= 1 || !isAlive(leader)) return false
  try {
    return process.kill(-leader.pid, 'SIGKILL')
  } catch {
    return false
  }
}
