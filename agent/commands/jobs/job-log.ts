import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { JobLine } from '@/lib/agent-protocol/messages'

const LINE_CAP = 2_000
/** In characters. Of more, the older half is dropped. */
const LOG_CAP = 256 * 1024

const Entry = JobLine.extend({ step: z.string().optional(), number: z.number().optional() })
type Entry = z.infer<typeof Entry>

/** Where a line comes from: a step's program, and the number of the line in its output. */
export interface LineSource {
  step: string
  number: number
}

/**
 * What a job tells, for people. It is kept in memory with a copy on tmpfs, so that the next agent goes on with it; a line that tmpfs
 * has no room for is only lost to that one.
 */
export class JobLog {
  readonly #file: string | null
  #entries: Entry[] = []
  #size = 0
  #last: number

  /** `last`: at least as high as any line number that was ever given, for the case that the file is gone. */
  constructor(directory: string | null, last: number) {
    this.#file = directory === null ? null : join(directory, 'log')
    this.#entries = this.#file === null ? [] : readEntries(this.#file)
    this.#size = this.#entries.reduce((sum, { message }) => sum + message.length, 0)
    this.#last = this.#entries.at(-1)?.line ?? last
  }

  /** Of a job whose log is gone. */
  static empty(): JobLog {
    return new JobLog(null, 0)
  }

  /** Number of the last line; 0 before the first. */
  get last(): number {
    return this.#last
  }

  add(message: string, from?: LineSource): void {
    const text = message.length > LINE_CAP ? `${message.slice(0, LINE_CAP)}…` : message
    const entry: Entry = { line: ++this.#last, at: new Date().toISOString(), message: text, ...from }
    this.#entries.push(entry)
    this.#size += text.length
    if (this.#size > LOG_CAP) this.#shorten()
    else this.#write((file) => appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 }))
  }

  /** The number of the last line of this program's output that is in the log. */
  seen(step: string): number {
    return this.#entries.findLast((entry) => entry.step === step)?.number ?? 0
  }

  tail(count: number): JobLine[] {
    return this.#entries.slice(-count).map(lineOf)
  }

  /** The first `count` lines after that one. */
  after(line: number, count: number): JobLine[] {
    const from = this.#entries.findIndex((entry) => entry.line > line)
    return from < 0 ? [] : this.#entries.slice(from, from + count).map(lineOf)
  }

  #shorten(): void {
    this.#entries = this.#entries.slice(Math.ceil(this.#entries.length / 2))
    this.#size = this.#entries.reduce((sum, { message }) => sum + message.length, 0)
    this.#write((file) => {
      const text = this.#entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
      writeFileSync(`${file}.new`, text, { mode: 0o600 })
      renameSync(`${file}.new`, file)
    })
  }

  #write(work: (file: string) => void): void {
    try {
      if (this.#file !== null) work(this.#file)
    } catch {
      // No room on tmpfs: it is still told from memory.
    }
  }
}

function lineOf({ line, at, message }: Entry): JobLine {
  return { line, at, message }
}

/** A last line that was cut off is left out. */
function readEntries(file: string): Entry[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [Entry.parse(JSON.parse(line))]
    } catch {
      return []
    }
  })
}
