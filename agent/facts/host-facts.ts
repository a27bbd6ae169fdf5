import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { ALL_TYPES } from '@/lib/drivers/registry'

/** Facts about this machine that need no command, read from local files that never block. */

/** File systems that storage types need, as the kernel calls them, each with the module that brings it. */
const FILE_SYSTEM_MODULES: Readonly<Record<string, string>> = Object.assign(
  {},
  ...ALL_TYPES.map(({ hostFileSystems }) => hostFileSystems),
)

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

export interface OsRelease {
  id: string
  idLike: string
  name: string
  version: string | null
}

/** /etc/os-release: shell assignments, values perhaps in quotes (os-release(5)). */
export function parseOsRelease(text: string): OsRelease {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"'\s]*))\s*$/.exec(line)
    if (match?.[1]) values.set(match[1], (match[2] ?? match[3] ?? match[4] ?? '').replace(/\\(.)/g, '$1'))
  }
  const id = values.get('ID') || 'linux'
  return {
    id,
    idLike: values.get('ID_LIKE') ?? '',
    name: values.get('PRETTY_NAME') || values.get('NAME') || id,
    version: values.get('VERSION_ID') || null,
  }
}

export function readOsRelease(): OsRelease {
  return parseOsRelease(read('/etc/os-release') || read('/usr/lib/os-release'))
}

/** Which of these the kernel has now, or can load: /proc/filesystems, modules.builtin and modules.dep. */
export function readFileSystems(): Record<string, boolean> {
  const present = new Set(
    read('/proc/filesystems')
      .split('\n')
      .map((line) => line.split('\t').at(-1)?.trim()),
  )
  const modules = `/lib/modules/${release()}`
  const loadable = `${read(`${modules}/modules.builtin`)}\n${read(`${modules}/modules.dep`)}`
  const entries = Object.entries(FILE_SYSTEM_MODULES).map(([fileSystem, module]) => [
    fileSystem,
    present.has(fileSystem) || new RegExp(`/${module}\\.ko(\\.(xz|gz|zst))?(:|$)`, 'm').test(loadable),
  ])
  return Object.fromEntries(entries)
}

/** Root of the machine, root of a user namespace only, or neither. */
export function readPrivilege(uidMap = read('/proc/self/uid_map')): 'root' | 'namespace' | 'none' {
  if (process.getuid?.() !== 0) return 'none'
  const [inside, outside, count] = uidMap.trim().split(/\s+/).map(Number)
  return inside === 0 && outside === 0 && count === 4_294_967_295 ? 'root' : 'namespace'
}

/** sd_booted(3). */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system')
}
