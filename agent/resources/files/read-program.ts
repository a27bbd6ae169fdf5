import { z } from 'zod'
import type { openBelow } from '@/lib/volume-engines/image-files/open-below'

export interface ReadAsked {
  root: string
  /** Names of the directories below it, and of the file. */
  parts: readonly string[]
  offset: number
  /** null: to the end. */
  length: number | null
}

/** The first line of such a program; the bytes follow. */
export const ReadHead = z.object({
  /** Bytes of the whole file. */
  size: z.int(),
  /** Bytes that follow. */
  length: z.int(),
  /** When it was written last, in milliseconds since 1970. */
  modifiedMs: z.int(),
})
export type ReadHead = z.infer<typeof ReadHead>

/**
 * Runs in a process of its own: prints one line that says what comes, then the bytes of a file. It waits whenever nobody takes them. What
 * became shorter meanwhile ends early, with 1.
 */
export function printFile({ root, parts, offset, length }: ReadAsked, open: typeof openBelow): void {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const CHUNK = 1024 * 1024
  const print = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) {
      try {
        done += fs.writeSync(1, bytes, done)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
      }
    }
  }
  const say = (value: unknown): void => print(new TextEncoder().encode(`${JSON.stringify(value)}\n`))
  const begin = (): { fd: number; left: number } => {
    const directory = open(root, parts.slice(0, -1))
    const fd = fs.openSync(`/proc/self/fd/${directory}/${parts.at(-1)}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const stat = fs.fstatSync(fd)
    if (!stat.isFile()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR', syscall: 'open' })
    const left = Math.max(0, Math.min(stat.size - offset, length ?? stat.size))
    say({ ok: { size: stat.size, length: left, modifiedMs: Math.round(stat.mtimeMs) } })
    return { fd, left }
  }
  let begun: ReturnType<typeof begin>
  try {
    begun = begin()
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    say({ errno: code ?? 'unknown', what: syscall ?? String(error) })
    return
  }
  const buffer = new Uint8Array(CHUNK)
  for (let at = offset; at < offset + begun.left; ) {
    const read = fs.readSync(begun.fd, buffer, 0, Math.min(CHUNK, offset + begun.left - at), at)
    if (read === 0) process.exit(1)
    print(buffer.subarray(0, read))
    at += read
  }
}
