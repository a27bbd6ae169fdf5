import type { Runner } from '@/agent/host/exec/run'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'
import { programText } from '@/lib/program-text'
import { isWithin, readMounts } from './mountinfo'

export type Holder =
  | { kind: 'process'; pid: number; name: string; via: 'file' | 'working directory' | 'root' | 'program' }
  /** Another mount namespace (a container) shows the same file system. It does not stop an unmount here. */
  | { kind: 'namespace'; pid: number; name: string }
  /** A mount inside this one. */
  | { kind: 'mount'; target: string }

const SCAN_LIMIT = 50

/**
 * Runs in a child of its own (`node -e`), because a look at /proc must not be able to hold the agent: so it may use nothing
 * from outside but its arguments.
 */
function scan(target: string, device: string, root: string, limit: number): void {
  const fs = process.getBuiltinModule('node:fs')
  const attempt = <T>(read: () => T): T | null => {
    try {
      return read()
    } catch {
      return null
    }
  }
  const inside = (path: string | null) => path !== null && (path === target || path.startsWith(`${target}/`))
  const own = attempt(() => fs.readlinkSync('/proc/self/ns/mnt'))
  const namespaces = new Map<string, boolean>()
  const found: Record<string, unknown>[] = []

  // Every namespace shows the device of a bind mount, with the directory around it: only what lies in the mount counts.
  const isOfMount = (line: string): boolean => {
    const [, , shown, path = ''] = line.split(' ')
    const plain = path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
    return shown === device && (root === '/' || plain === root || plain.startsWith(`${root}/`))
  }
  const shows = (pid: string): boolean => {
    const text = attempt(() => fs.readFileSync(`/proc/${pid}/mountinfo`, 'utf8')) ?? ''
    return text.split('\n').some(isOfMount)
  }
  const holds = (pid: string): string | null => {
    const at = `/proc/${pid}`
    if (inside(attempt(() => fs.readlinkSync(`${at}/cwd`)))) return 'working directory'
    if (inside(attempt(() => fs.readlinkSync(`${at}/root`)))) return 'root'
    if (inside(attempt(() => fs.readlinkSync(`${at}/exe`)))) return 'program'
    const descriptors = attempt(() => fs.readdirSync(`${at}/fd`)) ?? []
    return descriptors.some((fd) => inside(attempt(() => fs.readlinkSync(`${at}/fd/${fd}`)))) ? 'file' : null
  }
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (found.length >= limit || Number(pid) === process.pid) continue
    const name = () => (attempt(() => fs.readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? '').trim()
    const via = holds(pid)
    if (via !== null) found.push({ kind: 'process', pid: Number(pid), name: name(), via })
    const namespace = attempt(() => fs.readlinkSync(`/proc/${pid}/ns/mnt`))
    if (via !== null || namespace === null || namespace === own || namespaces.has(namespace)) continue
    const isShown = shows(pid)
    namespaces.set(namespace, isShown)
    if (isShown) found.push({ kind: 'namespace', pid: Number(pid), name: name() })
  }
  process.stdout.write(JSON.stringify(found))
}

/**
 * Who keeps a mount from being unmounted. Reads links and lists in /proc only, which needs nothing from the storage, in a
 * disposable child with 5 s. An empty answer means "not found", not "free".
 */
export async function findHolders(runner: Runner, entry: MountEntry): Promise<Holder[]> {
  const nested: Holder[] = readMounts()
    .filter((mount) => mount.target !== entry.target && isWithin(mount.target, entry.target))
    .map((mount) => ({ kind: 'mount', target: mount.target }))
  const { target, device, root } = entry
  const script = programText(scan, [target, device, root, SCAN_LIMIT])
  try {
    const { stdout } = await runner.run('node', ['-e', script], { timeoutMs: 5_000 })
    return [...nested, ...(JSON.parse(stdout) as Holder[])]
  } catch (error) {
    if (error instanceof CommandError || (error instanceof HoldfastError && error.code === 'timed_out')) return nested
    throw error
  }
}

/** One line for people, such as `vim (pid 812, file)`. */
export function describeHolder(holder: Holder): string {
  if (holder.kind === 'mount') return `the mount ${holder.target}`
  if (holder.kind === 'namespace') return `another mount namespace: ${holder.name} (pid ${holder.pid})`
  return `${holder.name} (pid ${holder.pid}, ${holder.via})`
}
