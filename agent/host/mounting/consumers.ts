import { ownerOf, type ProcessOwner } from '@/agent/host/exec/cgroup-owner'
import type { Runner } from '@/agent/host/exec/run'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { HoldfastError } from '@/lib/errors'

export type Use = 'file' | 'working directory' | 'root' | 'program' | 'mapping'

/** A process that has something of a mount open, here or in a container that is given a part of it. */
export interface Consumer {
  pid: number
  name: string
  via: Use[]
  /** How many open files. */
  files: number
  owner: ProcessOwner | null
}

export interface Consumers {
  consumers: Consumer[]
  /** There are more. */
  truncated: boolean
  /** Not everything could be looked at in time; what is here is true, and there may be more. */
  partial: boolean
}

interface Found {
  pid: number
  name: string
  via: Use[]
  files: number
  cgroup: string
  containerName: string | null
}

const LIMIT = 200
const LOOK_MS = 6_000
const MAPS_MS = 3_000

/**
 * Runs in a child of its own (`node -e`), so it may use nothing from outside but its arguments. Which mount an open file lies on is
 * read from /proc/<pid>/fdinfo: a stat of the file would wait for the storage. In other mount namespaces the mount has another id
 * and another place; there it is known by device and root.
 */
function scanOpen(target: string, mountId: number, device: string, root: string, limit: number): void {
  const fs = process.getBuiltinModule('node:fs')
  const attempt = <T>(read: () => T): T | null => {
    try {
      return read()
    } catch {
      return null
    }
  }
  const within = (path: string, directory: string) =>
    path === directory || directory === '/' || path.startsWith(`${directory}/`)
  const decode = (text: string) =>
    text.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  const own = attempt(() => fs.readlinkSync('/proc/self/ns/mnt'))
  const namespaces = new Map<string, { ids: Set<string>; targets: string[] }>()
  if (own !== null) namespaces.set(own, { ids: new Set([String(mountId)]), targets: [target] })
  const placesOf = (pid: string) => {
    const namespace = attempt(() => fs.readlinkSync(`/proc/${pid}/ns/mnt`))
    if (namespace === null) return null
    const known = namespaces.get(namespace)
    if (known) return known
    const lines = (attempt(() => fs.readFileSync(`/proc/${pid}/mountinfo`, 'utf8')) ?? '').split('\n')
    const fields = lines.map((line) => line.split(' '))
    const same = fields.filter((line) => line[2] === device && within(decode(line[3] ?? ''), root))
    const places = {
      ids: new Set(same.map((line) => line[0] ?? '')),
      targets: same.map((line) => decode(line[4] ?? '')),
    }
    namespaces.set(namespace, places)
    return places
  }
  const usesOf = (pid: string, places: { ids: Set<string>; targets: string[] }) => {
    const inside = (link: string) => {
      const path = attempt(() => fs.readlinkSync(`/proc/${pid}/${link}`))
      return path !== null && places.targets.some((place) => within(path, place))
    }
    const descriptors = attempt(() => fs.readdirSync(`/proc/${pid}/fdinfo`)) ?? []
    const files = descriptors.filter((fd) => {
      const info = attempt(() => fs.readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')) ?? ''
      return places.ids.has(/^mnt_id:\s*(\d+)/m.exec(info)?.[1] ?? '')
    }).length
    const via: Use[] = files > 0 ? ['file'] : []
    if (inside('cwd')) via.push('working directory')
    if (inside('root')) via.push('root')
    if (inside('exe')) via.push('program')
    return { via, files }
  }
  const groupOf = (pid: string) => {
    const cgroup = attempt(() => fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? ''
    const id = /docker.*?([0-9a-f]{64})/.exec(cgroup)?.[1]
    const read = () => fs.readFileSync(`/var/lib/docker/containers/${id}/config.v2.json`, 'utf8')
    const config = id === undefined ? null : attempt(read)
    return {
      cgroup: cgroup.slice(0, 2_000),
      containerName: /"Name":"\/?([^"\\]{1,128})"/.exec(config ?? '')?.[1] ?? null,
    }
  }
  const found: Found[] = []
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (found.length > limit || Number(pid) === process.pid) continue
    const places = placesOf(pid)
    if (places === null || places.ids.size === 0) continue
    const uses = usesOf(pid, places)
    if (uses.via.length === 0) continue
    const name = (attempt(() => fs.readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? '').trim()
    found.push({ pid: Number(pid), name, ...uses, ...groupOf(pid) })
  }
  process.stdout.write(JSON.stringify(found))
}

/** As above, for memory mappings. A process that hangs in a page fault makes the reader wait too: so this one comes by itself. */
function scanMaps(target: string, limit: number): void {
  const fs = process.getBuiltinModule('node:fs')
  const attempt = <T>(read: () => T): T | null => {
    try {
      return read()
    } catch {
      return null
    }
  }
  const found: { pid: number; name: string; cgroup: string }[] = []
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (found.length > limit || Number(pid) === process.pid) continue
    const maps = attempt(() => fs.readFileSync(`/proc/${pid}/maps`, 'utf8')) ?? ''
    if (!maps.includes(` ${target}/`)) continue
    const name = (attempt(() => fs.readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? '').trim()
    const cgroup = (attempt(() => fs.readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? '').slice(0, 2_000)
    found.push({ pid: Number(pid), name, cgroup })
  }
  process.stdout.write(JSON.stringify(found))
}

/** Who uses a mount now. Reads /proc only, in disposable children, and never asks the storage anything. */
export async function findConsumers(runner: Runner, entry: MountEntry): Promise<Consumers> {
  const open = await look<Found[]>(
    runner,
    scanOpen.toString(),
    [entry.target, entry.mountId, entry.device, entry.root, LIMIT],
    LOOK_MS,
  )
  const mapped = await look<Pick<Found, 'pid' | 'name' | 'cgroup'>[]>(
    runner,
    scanMaps.toString(),
    [entry.target, LIMIT],
    MAPS_MS,
  )
  const consumers = new Map<number, Consumer>()
  for (const { cgroup, containerName, ...process } of open ?? []) {
    consumers.set(process.pid, { ...process, owner: ownerOf(cgroup, containerName) })
  }
  for (const { pid, name, cgroup } of mapped ?? []) {
    const known = consumers.get(pid)
    if (known) known.via.push('mapping')
    else consumers.set(pid, { pid, name, via: ['mapping'], files: 0, owner: ownerOf(cgroup) })
  }
  const all = [...consumers.values()]
  return {
    consumers: all.slice(0, LIMIT),
    truncated: all.length > LIMIT,
    partial: open === null || mapped === null,
  }
}

/** Null when it took too long or could not be run. */
async function look<T>(runner: Runner, script: string, args: unknown[], timeoutMs: number): Promise<T | null> {
  const call = `(${script})(${args.map((argument) => JSON.stringify(argument)).join(', ')})`
  try {
    const { stdout } = await runner.run('node', ['-e', call], { timeoutMs })
    return JSON.parse(stdout) as T
  } catch (error) {
    if (error instanceof CommandError || (error instanceof HoldfastError && error.code === 'timed_out')) return null
    throw error
  }
}
