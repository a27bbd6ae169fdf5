import { type FileHandle, open, rename } from 'node:fs/promises'
import path from 'node:path'

export interface LogLimits {
  /** A file is set aside before it grows beyond this. */
  fileBytes: number
  /** Kept per process: `<name>.log` and the ones set aside, `<name>.log.1` being the newest of them. */
  files: number
  /** What may wait for a slow disk; more is dropped. */
  waitingBytes: number
  /** How soon it is tried again to say that lines were dropped. */
  retryMs: number
}

export const LOG_LIMITS: LogLimits = {
  fileBytes: 5 * 1024 * 1024,
  files: 4,
  waitingBytes: 1024 * 1024,
  retryMs: 5_000,
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) lines++
  return lines
}

/**
 * The log of one process: rotates while it is written, so that all its files together stay below `fileBytes * files`. What cannot
 * be written, because the disk is full, gone or too slow, is dropped and counted, and the count is said as soon as it can be.
 * Nothing here throws: a log must not end what it tells about.
 */
export class LogFile {
  readonly #file: string
  readonly #limits: LogLimits
  #handle: FileHandle | undefined
  #size = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #dropped = 0
  #reason = ''
  /** The last write ended in the middle of a line. */
  #isCut = false
  #writing: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(directory: string, name: string, limits: Partial<LogLimits> = {}) {
    this.#file = path.join(directory, `${name}.log`)
    this.#limits = { ...LOG_LIMITS, ...limits }
  }

  /** Lines that were dropped and not yet told of. */
  get dropped(): number {
    return this.#dropped
  }

  write(text: Buffer | string): void {
    const bytes = Buffer.from(text)
    if (this.#isClosed) return
    if (this.#waitingBytes + bytes.length > this.#limits.waitingBytes) {
      this.#drop(bytes, 'the disk is too slow')
    } else {
      this.#waiting.push(bytes)
      this.#waitingBytes += bytes.length
    }
    this.#wake()
  }

  /** Writes what waits, then closes the file. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#retry)
    await this.#writing
    await this.#release()
  }

  #drop(bytes: Buffer, reason: string): void {
    this.#dropped += Math.max(1, linesIn(bytes))
    this.#reason = reason
  }

  #wake(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    // At least once, to say what was dropped even if nothing else is to be said.
    do {
      const bytes = Buffer.concat(this.#waiting)
      this.#waiting = []
      this.#waitingBytes = 0
      await this.#append(bytes)
    } while (this.#waiting.length > 0)
    clearTimeout(this.#retry)
    if (this.#dropped === 0 || this.#isClosed) return
    this.#retry = setTimeout(() => this.#wake(), this.#limits.retryMs)
    this.#retry.unref()
  }

  async #append(bytes: Buffer): Promise<void> {
    const dropped = this.#dropped
    const note = this.#note()
    const whole = Buffer.concat([note, bytes])
    let written = 0
    try {
      const handle = await this.#open(whole.length)
      while (written < whole.length) written += (await handle.write(whole, written)).bytesWritten
      this.#dropped -= dropped
      this.#isCut = false
    } catch (error) {
      if (written > 0) this.#isCut = whole[written - 1] !== 0x0a
      // The count has been said if its line is out; else it is said again with what is dropped now.
      if (written >= note.length) this.#dropped -= dropped
      const rest = bytes.subarray(Math.max(0, written - note.length))
      if (rest.length > 0) this.#drop(rest, (error as NodeJS.ErrnoException).code ?? 'unknown')
      await this.#release()
    }
    this.#size += written
  }

  #note(): Buffer {
    const newline = this.#isCut ? '\n' : ''
    if (this.#dropped === 0) return Buffer.from(newline)
    const entry = {
      time: new Date().toISOString(),
      level: 'warn',
      component: 'supervisor',
      message: 'lines of this log could not be written and were dropped',
      lines: this.#dropped,
      reason: this.#reason,
    }
    return Buffer.from(`${newline}${JSON.stringify(entry)}\n`)
  }

  /** The file, with room for so many bytes. */
  async #open(bytes: number): Promise<FileHandle> {
    this.#handle ??= await this.#openFile()
    if (this.#size === 0 || this.#size + bytes <= this.#limits.fileBytes) return this.#handle
    await this.#release()
    for (let number = this.#limits.files - 1; number > 0; number--) {
      const newer = number === 1 ? this.#file : `${this.#file}.${number - 1}`
      await rename(newer, `${this.#file}.${number}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
    this.#handle = await this.#openFile()
    return this.#handle
  }

  async #openFile(): Promise<FileHandle> {
    const handle = await open(this.#file, 'a', 0o600)
    this.#size = (await handle.stat()).size
    return handle
  }

  async #release(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close().catch(() => undefined)
  }
}
