import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** A program and its arguments. */
export interface ProgramCall {
  file: string
  args: string[]
}

export interface Unprivileged {
  uid: number
  gid: number
  /** Directories that the program needs, wherever they lie; the first is where it runs. */
  places: readonly string[]
  /** It listens on a port for which the kernel wants a privilege; that one is kept. */
  mayBindLowPorts?: boolean
}

/** Mounts below these belong to the system and stay in sight. */
const SYSTEM_TREES = ['/proc', '/sys', '/dev', '/etc']
/** What every program needs, wherever it is mounted from. */
const NEEDED = [
  '/usr/bin',
  '/usr/lib',
  '/usr/share',
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/nix/store',
  '/tmp',
  '/var/tmp',
  '/run',
]

/**
 * A mount namespace of its own, for a checkout or state below a directory that only root may pass, such as /root. Three lists,
 * each ended by `--`: mounts to let go of; directories to cover, each with the places below it that stay; then where to run what.
 * Under the cover the places are reached from the old working directory, where they still are. Nothing here waits for a storage
 * server: `umount -l -c` neither follows nor looks at what is mounted.
 */
const IN_NAMESPACE = `set -e
while [ "$1" != -- ]; do umount -l -c -i "$1" 2>/dev/null || :; shift; done; shift
while [ "$1" != -- ]; do
  cover=$1 count=$2; shift 2; cd "$cover"
  mount -n -t tmpfs -o mode=0711,size=1m,nosuid,nodev holdfast "$cover"
  while [ "$count" -gt 0 ]; do
    mkdir -p "$cover/$1"; mount -n -c --bind "./$1" "$cover/$1"; shift; count=$((count - 1))
  done
done; shift
cd "$1"; shift; exec "$@"`

function isWithin(file: string, directory: string): boolean {
  return file === directory || file.startsWith(directory === '/' ? '/' : `${directory}/`)
}

function ancestors(place: string): string[] {
  const above: string[] = []
  for (let at = path.dirname(place); ; at = path.dirname(at)) {
    above.unshift(at)
    if (at === '/') return above
  }
}

/** The topmost directory above a place that this group and others may not pass; null when the way is open. */
export function closedAbove(
  place: string,
  gid: number,
  stat: (file: string) => { mode: number; gid: number } = statSync,
) {
  const closed = ancestors(place).find((directory) => {
    const found = stat(directory)
    return (found.mode & (found.gid === gid ? 0o010 : 0o001)) === 0
  })
  return closed ?? null
}

/** Directories to cover, with the places below each, relative to it; a place inside another one needs nothing of its own. */
function covers(places: readonly string[], gid: number): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const place of [...new Set(places)].sort()) {
    const closed = closedAbove(place, gid)
    if (closed === null) continue
    const below = found.get(closed) ?? []
    const relative = path.relative(closed, place)
    if (!below.some((other) => isWithin(relative, other))) below.push(relative)
    found.set(closed, below)
  }
  return found
}

/** Targets of /proc/self/mountinfo: field 5, with blanks and the like as octal numbers (proc(5)). */
function mountTargets(mountinfo: string): string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const target = line.split(' ')[4]
    return target
      ? [target.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))]
      : []
  })
}

/**
 * Topmost mounts that are neither the system's nor lead to a place. A namespace holds on to what it has: a storage that stayed in
 * it would not really be gone after its unmount on the host.
 */
export function foreignMounts(mountinfo: string, places: readonly string[]): string[] {
  const needed = [...NEEDED, ...places]
  const foreign = mountTargets(mountinfo).filter(
    (target) =>
      !SYSTEM_TREES.some((tree) => isWithin(target, tree)) && !needed.some((place) => isWithin(place, target)),
  )
  return foreign.filter((target) => !foreign.some((other) => other !== target && isWithin(target, other)))
}

/**
 * The call that runs a program as root's opposite: another user with one group, no capability and no way to gain any, in the
 * first of its places. Must be made by root; needs setpriv, and unshare where a place lies in a closed directory (util-linux).
 */
export function unprivilegedCall(program: ProgramCall, who: Unprivileged): ProgramCall {
  const low = who.mayBindLowPorts ? ',+net_bind_service' : ''
  const drop = [
    ...['--reuid', String(who.uid), '--regid', String(who.gid), '--clear-groups', '--no-new-privs'],
    ...[`--inh-caps=-all${low}`, `--ambient-caps=-all${low}`, `--bounding-set=-all${low}`],
  ]
  const dropped = ['setpriv', ...drop, program.file, ...program.args]
  const hidden = covers(who.places, who.gid)
  const [file = '', ...args] = dropped
  if (hidden.size === 0) return { file, args }
  const foreign = foreignMounts(readFileSync('/proc/self/mountinfo', 'utf8'), who.places)
  const covered = [...hidden].flatMap(([cover, below]) => [cover, String(below.length), ...below])
  return {
    file: 'unshare',
    args: [
      ...['--mount', '--propagation', 'slave', 'sh', '-c', IN_NAMESPACE, 'sh', ...foreign, '--', ...covered, '--'],
      ...[who.places[0] ?? '/', ...dropped],
    ],
  }
}
