import { readFileSync } from 'node:fs'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import type { ExpectedMount } from '@/lib/drivers/contract/host'
import { isSameSource } from '@/lib/drivers/mounting/same-source'
import { tellOptions, tellSource } from '@/lib/drivers/options/hide-secrets'
import { HoldfastError } from '@/lib/errors'

const MOUNTINFO = '/proc/self/mountinfo'

/** The kernel writes space, tab, newline, backslash and `#` as `\ooo`. */
export function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** Pure parser of proc_pid_mountinfo(5). A line that it does not understand is an error, never a missing mount. */
export function parseMountinfo(text: string): MountEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseLine(line))
}

/** As `parseMountinfo`, for a look around: a line that it does not understand is reported, and the others are there. */
export function parseMountinfoLines(text: string): {
  entries: MountEntry[]
  problems: { line: number; message: string }[]
} {
  const entries: MountEntry[] = []
  const problems: { line: number; message: string }[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue
    try {
      entries.push(parseLine(line))
    } catch {
      problems.push({ line: index + 1, message: 'The line could not be read.' })
    }
  }
  return { entries, problems }
}

function parseLine(line: string): MountEntry {
  const fields = line.split(' ')
  const separator = fields.indexOf('-', 6)
  const [mountId, parentId, device, root, target, options] = fields
  const [fsType, source, superOptions] = separator === -1 ? [] : fields.slice(separator + 1)
  if (target === undefined || options === undefined || fsType === undefined || source === undefined) {
    // Its text stays here: options may be secret.
    throw new HoldfastError('internal', 'A line of /proc/self/mountinfo could not be read.')
  }
  return {
    mountId: Number(mountId),
    parentId: Number(parentId),
    device: device ?? '',
    root: unescapeOctal(root ?? ''),
    target: unescapeOctal(target),
    options: options.split(','),
    fsType: unescapeOctal(fsType),
    source: unescapeOctal(source),
    superOptions: superOptions === undefined || superOptions === '' ? [] : unescapeOctal(superOptions).split(','),
  }
}

/** An entry as it may leave the host. */
export function toldEntry<Entry extends Pick<MountEntry, 'source' | 'fsType' | 'options' | 'superOptions'>>(
  entry: Entry,
): Entry {
  return {
    ...entry,
    source: tellSource(entry.source, entry.fsType),
    options: tellOptions(entry.options),
    superOptions: tellOptions(entry.superOptions),
  }
}

/** Raw text. Never blocks, whatever the state of the servers. Before Linux 5.8 a long list may skip a line while it changes. */
export function readMountinfoText(): string {
  let text = readFileSync(MOUNTINFO, 'utf8')
  for (let attempt = 0; text.length > 4096 && attempt < 4; attempt++) {
    const again = readFileSync(MOUNTINFO, 'utf8')
    if (again === text) break
    text = again
  }
  return text
}

export function readMounts(): MountEntry[] {
  return parseMountinfo(readMountinfoText())
}

/** The mount that a path lies on. */
export function coveringMount(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  let best: MountEntry | undefined
  for (const entry of mounts) {
    if (!isWithin(path, entry.target)) continue
    if (best === undefined || entry.target.length >= best.target.length) best = entry
  }
  return best
}

/** Where a path without symbolic links lies: its file system, and the path inside of that. Null: on no mount. */
export function locate(mounts: readonly MountEntry[], path: string): { device: string; root: string } | null {
  const cover = coveringMount(mounts, path)
  if (cover === undefined) return null
  const below = path === cover.target ? '' : path.slice(cover.target === '/' ? 0 : cover.target.length)
  return { device: cover.device, root: `${cover.root === '/' ? '' : cover.root}${below}` || '/' }
}

export function isWithin(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`)
}

/** What stands at a mountpoint. Only `absent` may be mounted. */
export type MountTruth =
  | { kind: 'absent' }
  | { kind: 'ours'; entry: MountEntry }
  | { kind: 'foreign'; entry: MountEntry; why: string }
  | { kind: 'stacked'; entries: MountEntry[] }

export function classify(mounts: readonly MountEntry[], target: string, expected: ExpectedMount): MountTruth {
  const entries = mounts.filter((entry) => entry.target === target)
  const [entry] = entries
  if (entry === undefined) return { kind: 'absent' }
  if (entries.length > 1) return { kind: 'stacked', entries }
  const why = difference(mounts, entry, expected)
  return why === null ? { kind: 'ours', entry } : { kind: 'foreign', entry, why }
}

/** What speaks against this entry being the expected mount, in words; null when nothing does. */
function difference(mounts: readonly MountEntry[], entry: MountEntry, expected: ExpectedMount): string | null {
  if (expected.fsType.length > 0 && !expected.fsType.includes(entry.fsType)) {
    return `its type is ${entry.fsType}, not ${expected.fsType.join(' or ')}`
  }
  if (expected.source !== null && !isSameSource(entry.source, expected.source)) {
    return `its source is ${tellSource(entry.source, entry.fsType)}, not ${expected.source}`
  }
  if (expected.bindOf !== undefined) return bindDifference(mounts, entry, expected.bindOf)
  if (expected.root !== undefined && entry.root !== expected.root) {
    return `it shows ${entry.root} of the file system, not ${expected.root}`
  }
  return null
}

function bindDifference(mounts: readonly MountEntry[], entry: MountEntry, bound: string): string | null {
  const others = mounts.filter((other) => other.mountId !== entry.mountId)
  const wanted = locate(others, bound)
  if (wanted === null) return `${bound} is on no mount`
  if (entry.device === wanted.device && entry.root === wanted.root) return null
  return `it shows ${entry.root} of device ${entry.device}, not ${wanted.root} of ${wanted.device}`
}
