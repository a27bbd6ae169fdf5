import type { imageKind } from '@/lib/volume-engines/image-files/image-kind'
import type { openBelow } from '@/lib/volume-engines/image-files/open-below'
import type { readQcow2Header } from '@/lib/volume-engines/image-files/qcow2-header'

/** Each runs in a process of its own, since a dead server blocks whoever looks: it may use nothing from outside but its arguments and parts. */

interface Folder {
  /** Of the pool on this host. */
  root: string
  parts: readonly string[]
}

interface NamedFile {
  name: string
  bytes: number
  modifiedMs: number
}

/**
 * What lies in the folder of templates, without a look into any of it; nothing deeper, and no link. Where there is no such folder there is
 * nothing; null: it cannot be read.
 */
export function templateNames(
  { root, parts, limit }: Folder & { limit: number },
  open: typeof openBelow,
): { count: number; files: NamedFile[] } | null {
  const fs = process.getBuiltinModule('node:fs')
  let fd: number
  try {
    fd = open(root, parts)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code) ? { count: 0, files: [] } : null
  }
  try {
    const directory = `/proc/self/fd/${fd}`
    const names = fs
      .readdirSync(directory, { withFileTypes: true })
      .flatMap((entry) => (entry.isFile() && !entry.name.startsWith('.') ? [entry.name] : []))
      .sort()
    const files = names.slice(0, limit).flatMap((name) => {
      const stat = fs.lstatSync(`${directory}/${name}`, { throwIfNoEntry: false })
      return stat?.isFile() ? [{ name, bytes: stat.size, modifiedMs: Math.round(stat.mtimeMs) }] : []
    })
    return { count: names.length, files }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return null
  } finally {
    fs.closeSync(fd)
  }
}

/** What these files are by what is in them. One that is gone, or cannot be read, is left out. */
export function templateKinds(
  { root, parts, names, headerBytes }: Folder & { names: readonly string[]; headerBytes: number },
  open: typeof openBelow,
  header: typeof readQcow2Header,
  kindOf: typeof imageKind,
) {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  /** Where ISO 9660 has the mark of its first descriptor. */
  const ISO_MARK = { at: 0x8001, word: 'CD001' }
  const inside = (fd: number, name: string) => {
    const stat = fs.fstatSync(fd)
    if (!stat.isFile()) return []
    const bytesAt = (position: number, length: number) => {
      const buffer = new Uint8Array(length)
      return buffer.subarray(0, fs.readSync(fd, buffer, 0, length, position))
    }
    const isDisc = () => new TextDecoder('latin1').decode(bytesAt(ISO_MARK.at, ISO_MARK.word.length)) === ISO_MARK.word
    const format = kindOf(bytesAt(0, 1024), bytesAt(Math.max(0, stat.size - 512), 512)) ?? (isDisc() ? 'iso' : null)
    return [
      {
        name,
        kind: 'file' as const,
        bytes: stat.size,
        modifiedMs: Math.round(stat.mtimeMs),
        format,
        header: format === 'qcow2' ? header(bytesAt(0, headerBytes)) : null,
      },
    ]
  }
  let folder: number
  try {
    folder = open(root, parts)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) return []
    throw error
  }
  try {
    return names.flatMap((name) => {
      let fd: number
      try {
        fd = fs.openSync(`/proc/self/fd/${folder}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException
        if (['ENOENT', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO'].includes(code)) return []
        throw error
      }
      try {
        return inside(fd, name)
      } finally {
        fs.closeSync(fd)
      }
    })
  } finally {
    fs.closeSync(folder)
  }
}
