import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { MachineUuid } from '@/lib/agent-protocol/machine-disks'
import { replaceFile } from '@/lib/replace-file'

/** In the runtime directory, so that a boot begins without any. */
const DIRECTORY = 'held-machines'

const Note = z.object({ reason: z.string() })

/** Machines that were not allowed to start: noted by the hook of libvirt, read by the agent. */
export class HeldStarts {
  readonly #directory: string

  constructor(runDir: string) {
    this.#directory = join(runDir, DIRECTORY)
  }

  hold(uuid: string, reason: string): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    replaceFile(this.#file(uuid), JSON.stringify({ reason }))
  }

  release(uuid: string): void {
    rmSync(this.#file(uuid), { force: true })
  }

  /** The reason of each, by UUID. */
  all(): Map<string, string> {
    const found = new Map<string, string>()
    for (const name of this.#names()) {
      try {
        found.set(name, Note.parse(JSON.parse(readFileSync(this.#file(name), 'utf8'))).reason)
      } catch {
        // It was released meanwhile.
      }
    }
    return found
  }

  #names(): string[] {
    try {
      return readdirSync(this.#directory).filter((name) => MachineUuid.safeParse(name).success)
    } catch {
      return []
    }
  }

  #file(uuid: string): string {
    return join(this.#directory, MachineUuid.parse(uuid))
  }
}
