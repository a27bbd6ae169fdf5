import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'
import type { EngineContext, EngineTurn, Undo, WorkProgram } from '@/lib/volume-engines/contract/engine'

/** The end of a process by `kill -9`, as far as one process can play it: nothing after it is done. */
export class CutOff extends Error {}

/** Where a rehearsal is cut off, or fails, in the step of that number. `worked`: it was done, and nobody has noted it. */
export interface Interruption {
  step: number
  at: 'before' | 'worked' | 'noted'
  /** `cut`: the process ends. `fail`: the step fails, and what was done is taken back. */
  how: 'cut' | 'fail'
}

/** How a long program is run by a test; `directory` holds its files. Throws when it does not end with 0. */
export type RunProgram = (program: WorkProgram, directory: string) => Promise<void>

/** What a journal keeps of one operation. */
class Notes {
  readonly done = new Map<string, unknown>()
  failure: HoldfastError | null = null
}

export interface RehearsalParts {
  context: () => EngineContext
  runProgram: RunProgram
}

/**
 * One operation, begun as often as wanted with the same journal, as the agent's runner does: steps that are noted are not done again, one
 * that was cut off is, and after a failure everything is taken back, the last step first.
 */
export class Rehearsal {
  readonly #parts: RehearsalParts
  readonly #notes = new Notes()
  readonly #directory = mkdtempSync(join(tmpdir(), 'holdfast-turn-'))
  /** Names of the steps of the last beginning. */
  steps: string[] = []

  constructor(parts: RehearsalParts) {
    this.#parts = parts
  }

  /** Rejects with `CutOff`, or with what the work failed with, which was taken back then. */
  async begin<T>(work: (turn: EngineTurn) => Promise<T>, interruption: Interruption | null = null): Promise<T> {
    const undos: { note: unknown; undo: Undo<unknown> }[] = []
    this.steps = []
    const hit = (at: Interruption['at']): void => {
      if (interruption === null || interruption.at !== at || this.steps.length - 1 !== interruption.step) return
      if (interruption.how === 'cut') throw new CutOff(`cut off ${at} the step ${this.steps.at(-1)}`)
      throw new HoldfastError('command_failed', `It failed ${at} the step ${this.steps.at(-1)}.`)
    }
    const step = async <Note>(name: string, doIt: () => Promise<Note>, undo?: Undo<Note>): Promise<Note> => {
      if (this.steps.includes(name)) throw new Error(`Two steps are called ${name}.`)
      this.steps.push(name)
      const entered = { note: null as unknown, undo: (undo ?? (async () => undefined)) as Undo<unknown> }
      undos.push(entered)
      if (this.#notes.done.has(name)) {
        entered.note = this.#notes.done.get(name)
        return entered.note as Note
      }
      if (this.#notes.failure !== null) throw this.#notes.failure
      hit('before')
      const note = JSON.parse(JSON.stringify((await doIt()) ?? null))
      hit('worked')
      entered.note = note
      this.#notes.done.set(name, note)
      hit('noted')
      return note
    }
    const directory = (name: string) => join(this.#directory, name)
    const run = (name: string, program: WorkProgram, undo?: Undo<unknown>) =>
      step(name, () => this.#runProgram(program, name), undo).then(() => undefined)
    try {
      return await work({ ...this.#parts.context(), step, directory, run, advance: () => undefined })
    } catch (error) {
      if (error instanceof CutOff) throw error
      this.#notes.failure ??= error instanceof HoldfastError ? error : new HoldfastError('internal', String(error))
      for (const { note, undo } of undos.reverse()) await undo(note)
      throw error
    }
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async #runProgram(program: WorkProgram, name: string): Promise<void> {
    const place = join(this.#directory, name)
    mkdirSync(place, { recursive: true })
    for (const [file, content] of Object.entries(program.files ?? {})) {
      writeFileSync(join(place, file), content instanceof Secret ? reveal(content) : content, { mode: 0o600 })
    }
    await this.#parts.runProgram(program, place)
  }
}
