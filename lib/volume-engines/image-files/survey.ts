import { z } from 'zod'
import { programText } from '@/lib/program-text'
import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import { readAnswer } from '@/lib/volume-engines/image-files/child-answer'
import { imageKind } from '@/lib/volume-engines/image-files/image-kind'
import { HEADER_PARTS, readQcow2Header } from '@/lib/volume-engines/image-files/qcow2-header'

const HEADER_BYTES = 65_536
/** An answer may have 1 MiB; then the next child goes on. */
const ANSWER_BYTES = 700_000
const LOOK_MS = 60_000

export const Header = z.union([
  z.string(),
  z.object({
    version: z.number(),
    sizeBytes: z.number(),
    backing: z.string().nullable(),
    backingFormat: z.string().nullable(),
    hasDataFile: z.boolean(),
    isEncrypted: z.boolean(),
    isCorrupt: z.boolean(),
    hasUnknownFeatures: z.boolean(),
    internalSnapshots: z.number(),
    emptyBytes: z.number(),
  }),
])

const Kind = z.enum(['file', 'directory', 'other'])

const SeenFile = z.object({
  name: z.string(),
  /** A link is `other`: none is followed. */
  kind: Kind,
  bytes: z.number(),
  allocatedBytes: z.number(),
  inode: z.string(),
  /** A program of this host has it open, as QEMU locks its images. */
  isLocked: z.boolean(),
  /** Of an image that should be qcow2; a string says what is wrong with it. */
  header: Header.nullable(),
})
export type SeenFile = z.infer<typeof SeenFile>

const SeenDirectory = z.object({
  name: z.string(),
  isTrashed: z.boolean(),
  /** null: it is no directory. */
  files: z.array(SeenFile).nullable(),
  /** The text of its mark. */
  mark: z.string().nullable(),
})
export type SeenDirectory = z.infer<typeof SeenDirectory>

const SeenOther = z.object({
  name: z.string(),
  kind: Kind,
  bytes: z.number(),
  /** By what is in it; null: nothing in it tells. */
  format: z.string().nullable(),
  header: Header.nullable(),
})
export type SeenOther = z.infer<typeof SeenOther>

const Page = z.object({
  /** The text of the pool's mark; null: there is none. */
  mark: z.string().nullable(),
  volumes: z.array(SeenDirectory),
  others: z.array(SeenOther),
  /** Where the next page begins. */
  next: z.string().nullable(),
})

/** What lies in a pool, or that part of it that was asked for. */
export type Survey = Omit<z.infer<typeof Page>, 'next'>

interface Asked {
  path: string
  /** Names of volumes, to which those that they are based on come; null: all that is there. */
  only: readonly string[] | null
  from: string | null
  limits: { header: number; answer: number }
}

/** Looks at single things, without following a link: a file is opened from its directory, which is held. */
function openReader(header: typeof readQcow2Header, kindOf: typeof imageKind, headerBytes: number) {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const at = (fd: number) => `/proc/self/fd/${fd}`
  const locks = new Set<string>()
  for (const [, major = '', minor = '', inode] of fs
    .readFileSync('/proc/locks', 'latin1')
    .matchAll(/(?:OFDLCK|POSIX)\s.*?\s([0-9a-f]+):([0-9a-f]+):(\d+) /g)) {
    locks.add(`${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}:${inode}`)
  }
  const inodeOf = ({ dev, ino }: { dev: bigint; ino: bigint }): string => {
    const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
    const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
    return `${major}:${minor}:${ino}`
  }
  const ifThere = <T>(work: () => T): T | null => {
    try {
      return work()
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) return null
      throw error
    }
  }
  const opened = <T>(name: string, flags: number, work: (fd: number) => T): T | null => {
    const fd = ifThere(() => fs.openSync(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | flags))
    if (fd === null) return null
    try {
      return work(fd)
    } finally {
      fs.closeSync(fd)
    }
  }
  const bytesAt = (fd: number, position: number, length: number): Uint8Array => {
    const buffer = new Uint8Array(length)
    return buffer.subarray(0, fs.readSync(fd, buffer, 0, length, position))
  }
  const textOf = (name: string): string | null =>
    opened(name, 0, (fd) => (fs.fstatSync(fd).isFile() ? new TextDecoder().decode(bytesAt(fd, 0, 4096)) : null))
  const kind = (stat: { isFile(): boolean; isDirectory(): boolean }) =>
    stat.isFile() ? ('file' as const) : stat.isDirectory() ? ('directory' as const) : ('other' as const)
  const fileOf = (directory: string, name: string): SeenFile | null => {
    const stat = ifThere(() => fs.lstatSync(`${directory}/${name}`, { bigint: true }))
    if (stat === null) return null
    const isImage = stat.isFile() && name.endsWith('.qcow2')
    return {
      name,
      kind: kind(stat),
      bytes: Number(stat.size),
      allocatedBytes: Number(stat.blocks) * 512,
      inode: inodeOf(stat),
      isLocked: locks.has(inodeOf(stat)),
      header: isImage ? opened(`${directory}/${name}`, 0, (fd) => header(bytesAt(fd, 0, headerBytes))) : null,
    }
  }
  const volumeOf = (place: string, name: string, isTrashed: boolean): SeenDirectory | null => {
    const seen = opened(`${place}/${name}`, O_DIRECTORY, (fd) => ({
      name,
      isTrashed,
      files: fs
        .readdirSync(at(fd))
        .sort()
        .flatMap((file) => fileOf(at(fd), file) ?? []),
      mark: textOf(`${at(fd)}/volume.json`),
    }))
    if (seen !== null) return seen
    const isThere = ifThere(() => fs.lstatSync(`${place}/${name}`)) !== null
    return isThere ? { name, isTrashed, files: null, mark: null } : null
  }
  const otherOf = (place: string, name: string): SeenOther | null => {
    const stat = ifThere(() => fs.lstatSync(`${place}/${name}`))
    if (stat === null) return null
    const seen = { name, kind: kind(stat), bytes: stat.size, format: null, header: null }
    if (!stat.isFile()) return seen
    return opened(`${place}/${name}`, 0, (fd) => {
      const format = kindOf(bytesAt(fd, 0, 1024), bytesAt(fd, Math.max(0, stat.size - 512), 512))
      return { ...seen, format, header: format === 'qcow2' ? header(bytesAt(fd, 0, headerBytes)) : null }
    })
  }
  return { ifThere, textOf, volumeOf, otherOf }
}

/** Volumes that images are based on, as they name them. */
function basesIn(files: readonly SeenFile[]): string[] {
  return files.flatMap(({ header }) => {
    const backing = header !== null && typeof header === 'object' ? (header.backing ?? '') : ''
    return /^\.\.\/(vol_[0-9a-hjkmnp-tv-z]{26})\//.exec(backing)?.[1] ?? []
  })
}

/**
 * Runs in a process of its own, since a dead server blocks whoever looks. So it may use nothing from outside but its arguments and parts.
 */
export function surveyPool(
  { path, only, from, limits }: Asked,
  header: typeof readQcow2Header,
  kindOf: typeof imageKind,
): z.infer<typeof Page> {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants
  const at = (fd: number) => `/proc/self/fd/${fd}`
  const VOLUME = /^vol_[0-9a-hjkmnp-tv-z]{26}$/
  const { ifThere, textOf, volumeOf, otherOf } = openReader(header, kindOf, limits.header)
  const page = (place: string, trash: string | null): z.infer<typeof Page> => {
    const mark = textOf(`${place}/holdfast-pool.json`)
    const names = fs
      .readdirSync(place)
      .filter((name) => !['holdfast-pool.json', 'trash'].includes(name) && !name.startsWith('.holdfast-'))
    const trashed = trash === null ? [] : (only ?? fs.readdirSync(trash).filter((name) => VOLUME.test(name)))
    const wanted = [
      ...(only ?? names).map((name) => ({
        key: name,
        look: () => (VOLUME.test(name) ? volumeOf(place, name, false) : otherOf(place, name)),
      })),
      ...trashed.map((name) => ({ key: `trash/${name}`, look: () => volumeOf(trash ?? '', name, true) })),
    ]
    const due = wanted
      .filter(({ key }) => from === null || key >= from)
      .sort((one, two) => (one.key < two.key ? -1 : 1))
    const found = { mark, volumes: [] as SeenDirectory[], others: [] as SeenOther[] }
    let room = limits.answer
    const known = new Set(only)
    const addBases = ({ files }: SeenDirectory): void => {
      for (const name of basesIn(files ?? []).filter((one) => !known.has(one))) {
        known.add(name)
        due.push({ key: name, look: () => volumeOf(place, name, false) })
        if (trash !== null) due.push({ key: name, look: () => volumeOf(trash, name, true) })
      }
    }
    for (const { key, look } of due) {
      if (room < 0 && only === null) return { ...found, next: key }
      const seen = look()
      if (seen === null) continue
      room -= JSON.stringify(seen).length
      if ('kind' in seen) found.others.push(seen)
      else {
        found.volumes.push(seen)
        if (only !== null) addBases(seen)
      }
    }
    return { ...found, next: null }
  }
  const root = fs.openSync(path, O_RDONLY | O_DIRECTORY)
  let trash: number | null = null
  try {
    trash = ifThere(() => fs.openSync(`${at(root)}/trash`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
    return page(at(root), trash === null ? null : at(trash))
  } finally {
    for (const fd of [root, trash]) if (fd !== null) fs.closeSync(fd)
  }
}

/** Looks at a pool in a child. `only`: just these volumes, and what they are based on; null: all. Throws `backend_unreachable` and what else reading may fail with. */
export async function survey(
  path: string,
  only: readonly string[] | null,
  { host }: Pick<EngineContext, 'host'>,
): Promise<Survey> {
  const whole: Survey = { mark: null, volumes: [], others: [] }
  let from: string | null = null
  do {
    const asked: Asked = { path, only, from, limits: { header: HEADER_BYTES, answer: ANSWER_BYTES } }
    const script = programText(
      surveyPool,
      [asked, readQcow2Header, imageKind],
      [openReader, basesIn, imageKind, ...HEADER_PARTS],
    )
    const { stdout } = await host.run('node', ['-e', script], { timeoutMs: LOOK_MS, evaluates: true })
    const page: z.infer<typeof Page> = readAnswer(stdout, Page)
    whole.mark = page.mark
    whole.volumes.push(...page.volumes)
    whole.others.push(...page.others)
    from = page.next
  } while (from !== null)
  return whole
}
