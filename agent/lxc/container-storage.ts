import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FoundStorage } from '@/lib/attach-targets/contract/target'
import { entryStorage, parseStorage } from '@/lib/attach-targets/lxc/parse-lxc'
import { parsePctConfig } from '@/lib/attach-targets/lxc/parse-pct'

/** Files that include each other end somewhere. */
const DEPTH = 8
const PROXMOX = '/etc/pve/lxc'

/**
 * What a container is to have, by its files: for its own hook, in which LXC's programs cannot be asked, since the process that keeps the
 * container waits for the hook. Throws where the first of them cannot be read.
 */
export function containerStorage(configFile: string, name: string, proxmox = PROXMOX): FoundStorage[] {
  const settings = settingsOf(configFile, DEPTH)
  const values = (key: string) => settings.flatMap(([name, value]) => (name === key ? [value] : []))
  const tables = [...values('lxc.mount.fstab'), ...values('lxc.mount')].flatMap(
    (file) => readOr(file)?.split('\n') ?? [],
  )
  const root = values('lxc.rootfs.path').at(-1)
  return [
    ...(root === undefined ? [] : parseStorage(`lxc.rootfs.path = ${root}\n`)),
    ...[...values('lxc.mount.entry'), ...tables].flatMap(entryStorage),
    ...ofProxmox(join(proxmox, `${name}.conf`)),
  ]
}

/** Proxmox binds its mount points itself, and writes none of them into the file that LXC is given. After `[` come snapshots. */
function ofProxmox(file: string): readonly FoundStorage[] {
  const text = readOr(file)?.split(/^\[/m)[0]
  return text === undefined ? [] : parsePctConfig(text).storage
}

function settingsOf(file: string, depth: number): [string, string][] {
  const text = depth === DEPTH ? readFileSync(file, 'utf8') : (readOr(file) ?? '')
  return text.split('\n').flatMap((line): [string, string][] => {
    const [, key, value] = /^\s*([a-z0-9._]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (key === undefined || value === undefined) return []
    if (key !== 'lxc.include') return [[key, value]]
    const path = value.startsWith('/') ? value : join(dirname(file), value)
    return depth === 0 ? [] : filesOf(path).flatMap((each) => settingsOf(each, depth - 1))
  })
}

/** Of a directory LXC takes what ends with `.conf`. */
function filesOf(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => (name.endsWith('.conf') ? [join(path, name)] : []))
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
