import { z } from 'zod'
import type { imageKind } from '@/lib/volume-engines/image-files/image-kind'
import type { openBelow } from '@/lib/volume-engines/image-files/open-below'
import type { readQcow2Header } from '@/lib/volume-engines/image-files/qcow2-header'

export interface ListAsked {
  /** Of the pool on this host. */
  root: string
  /** Names below it, one under the other. */
  parts: readonly string[]
  from: string | null
  limit: number
  headerBytes: number
}

/** What such a program says. */
export const ListedDirectory = z.object({
  entries: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['file', 'directory', 'other']),
      bytes: z.number(),
      modifiedMs: z.number(),
      format: z.string().nullable(),
      /** Of a qcow2 image that can be read. */
      header: z.object({ sizeBytes: z.number(), backing: z.string().nullable() }).nullable(),
    }),
  ),
  total: z.int(),
  next: z.string().nullable(),
})

/** Runs in a process of its own, since a dead server blocks whoever looks: it may use nothing from outside but its arguments and parts. */
export function listDirectory(
  { root, parts, from, limit, headerBytes }: ListAsked,
  header: typeof readQcow2Header,
  kindOf: typeof imageKind,
  open: typeof openBelow,
): void {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const look = (directory: string, name: string) => {
    const stat = fs.lstatSync(`${directory}/${name}`, { throwIfNoEntry: false })
    if (stat === undefined) return []
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other'
    const seen = { name, kind, bytes: stat.size, modifiedMs: Math.round(stat.mtimeMs), format: null, header: null }
    return [kind === 'file' ? { ...seen, ...inside(`${directory}/${name}`, stat.size) } : seen]
  }
  /** One that is gone by now, or that root may not read on that server, is shown without what is in it. */
  const opened = (file: string): number | null => {
    try {
      return fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (['ENOENT', 'ELOOP', 'EACCES', 'EPERM'].includes(code)) return null
      throw error
    }
  }
  const inside = (file: string, size: number) => {
    const fd = opened(file)
    if (fd === null) return { format: null, header: null }
    try {
      const bytesAt = (position: number, length: number) => {
        const buffer = new Uint8Array(length)
        return buffer.subarray(0, fs.readSync(fd, buffer, 0, length, position))
      }
      const format = kindOf(bytesAt(0, 1024), bytesAt(Math.max(0, size - 512), 512))
      const found = format === 'qcow2' ? header(bytesAt(0, headerBytes)) : null
      const isRead = typeof found === 'object' && found !== null
      return { format, header: isRead ? { sizeBytes: found.sizeBytes, backing: found.backing } : null }
    } finally {
      fs.closeSync(fd)
    }
  }
  try {
    const directory = `/proc/self/fd/${open(root, parts)}`
    const names = fs
      .readdirSync(directory)
      .filter((name) => parts.length > 0 || !name.startsWith('.holdfast-'))
      .sort()
    const due = names.filter((name) => from === null || name >= from)
    const entries = due.slice(0, limit).flatMap((name) => look(directory, name))
    const answer = { entries, total: names.length, next: due[limit] ?? null }
    process.stdout.write(JSON.stringify({ ok: answer }))
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    process.stdout.write(JSON.stringify({ errno: code ?? 'unknown', what: syscall ?? String(error) }))
  }
}
