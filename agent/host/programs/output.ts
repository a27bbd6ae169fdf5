import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface OutputLine {
  /** From 1, in the order in which they were printed. */
  number: number
  text: string
}

/** Follows what a program has printed. Lines that were cut off at the front because there were too many are skipped. */
export class Output {
  readonly #directory: string
  #seen: number
  #known = ''

  /** `seen`: the number of the last line that is known already. */
  constructor(directory: string, seen: number) {
    this.#directory = directory
    this.#seen = seen
  }

  /** The lines since the last time. */
  next(): OutputLine[] {
    const file = join(this.#directory, 'output')
    const found = statSync(file, { throwIfNoEntry: false })
    const state = found === undefined ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`
    if (state === this.#known) return []
    this.#known = state
    const lines = [...readLines(`${file}.1`), ...readLines(file)].filter(({ number }) => number > this.#seen)
    this.#seen = lines.at(-1)?.number ?? this.#seen
    return lines
  }
}

/** Whole lines only; a missing file has none. It is a quarter of a megabyte at most. */
function readLines(path: string): OutputLine[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [number = ''] = line.split(' ', 1)
    return { number: Number(number), text: line.slice(number.length + 1) }
  })
}
