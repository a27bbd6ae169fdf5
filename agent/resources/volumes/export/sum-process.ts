import type { openBelow } from '@/lib/volume-engines/image-files/open-below'

/** What the program that reads a finished file is told. */
export interface SumRequest {
  /** An absolute directory, a file below it, and how many bytes that has to have. */
  root: string
  parts: readonly string[]
}

/** Lines of JSON that it prints. */
export type SumLine =
  | { phase: 'checking'; done: number; total: number }
  | { failed: string }
  | { result: { bytes: number; digest: string } }

/**
 * Brings a file to the disk of its storage, reads it and tells its SHA-256. It runs in a process of its own, which may hang on a dead
 * server, so it uses nothing from outside but its argument and part; no link on the way is followed. Exit code 0: it has told.
 */
export function sumFile({ root, parts }: SumRequest, open: typeof openBelow): void {
  const fs = process.getBuiltinModule('node:fs')
  const { createHash } = process.getBuiltinModule('node:crypto')
  const { O_RDONLY, O_NOFOLLOW } = fs.constants
  const BLOCK = 4 * 1024 * 1024
  const EVERY_MS = 500
  const say = (line: SumLine) => void fs.writeSync(1, `${JSON.stringify(line)}\n`)
  try {
    const above = open(root, parts.slice(0, -1))
    const file = fs.openSync(`/proc/self/fd/${above}/${parts.at(-1)}`, O_RDONLY | O_NOFOLLOW)
    fs.fsyncSync(file)
    const total = fs.fstatSync(file).size
    const hash = createHash('sha256')
    const buffer = Buffer.alloc(BLOCK)
    let saidAt = Number.NEGATIVE_INFINITY
    let done = 0
    for (let read = -1; read !== 0; done += read) {
      read = fs.readSync(file, buffer, 0, BLOCK, done)
      hash.update(buffer.subarray(0, read))
      if (performance.now() - saidAt < EVERY_MS) continue
      saidAt = performance.now()
      say({ phase: 'checking', done: done + read, total })
    }
    say({ result: { bytes: done, digest: hash.digest('hex') } })
    process.exit(0)
  } catch (error) {
    say({ failed: (error as NodeJS.ErrnoException).code ?? (error as Error).message })
    process.exit(1)
  }
}
