import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceFile } from '@/lib/replace-file'

/** In the runtime directory, so that a boot begins without any. */
const HELD_MACHINES = 'held-machines'
export const HELD_CONTAINERS = 'held-containers'

const Note = z.object({ reason: z.string() })

/** Machines, or containers, that were not allowed to start: noted by a hook, read by the agent. */
export class HeldStarts {
  readonly #directory: string

  constructor(runDir: string, directory = HELD_MACHINES) {
    this.#directory = join(runDir, directory)
  }

  hold(id: string, reason: string): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    replaceFile(this.#file(id), JSON.stringify({ reason }))
  }

  release(id: string): void {
    rmSync(this.#file(id), { force: true })
  }

  /** The reason of each, by UUID or name. */
  all(): Map<string, string> {
    const found = new Map<string, string>()
    for (const name of this.#names()) {
      try {
        found.set(
          decodeURIComponent(name),
          Note.parse(JSON.parse(readFileSync(join(this.#directory, name), 'utf8'))).reason,
        )
      } catch {
        // It was released meanwhile.
      }
    }
    return found
  }

  #names(): string[] {
    try {
      // Not one that is being written.
      return readdirSync(this.#directory).filter((name) => !name.endsWith('.new'))
    } catch {
      return []
    }
  }

  /** A name of a container may be any text; a dot at its begin would make it a place of another. */
  #file(id: string): string {
    return join(this.#directory, encodeURIComponent(id).replaceAll('.', '%2E'))
  }
}
