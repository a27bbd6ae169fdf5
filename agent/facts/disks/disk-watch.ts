import { findLocalDisks, type LocalDisk } from '@/agent/facts/disks/local-disks'
import { parseSmart } from '@/agent/facts/disks/parse-smart'
import { locateCommand } from '@/agent/host/exec/commands'
import { Runner } from '@/agent/host/exec/run'
import type { DiskMessage, DisksMessage } from '@/lib/agent-protocol/disks'
import { NO_HEALTH } from '@/lib/agent-protocol/no-health'
import { toHoldfastError } from '@/lib/errors'
import { atMost } from '@/lib/pause'

/** What wears takes weeks; a disk that fails says so for days. */
const EVERY_MS = 4 * 3_600_000
/** A healthy disk answers in less than a second; one that is failing may try for its whole time-out. */
const PER_DISK_MS = 30_000
/**
 * Reads only: no test is started, nothing is switched on, and a disk that sleeps is not woken. The statistics have how worn an SSD of
 * ATA is.
 */
export const QUESTION = ['--json=c', '--info', '--health', '--attributes', '--log=devstat', '--nocheck=standby']
/** Its exit status is a set of bits, most of which tell of the disk; the JSON has it too. */
export const ANY_EXIT: readonly number[] = Array.from({ length: 256 }, (_, code) => code)

export interface DiskWatchParts {
  find?: () => LocalDisk[]
  hasTool?: () => boolean
  /** One for each disk: one that does not come back holds up no other. */
  runner?: () => Pick<Runner, 'run' | 'uncertain'>
  everyMs?: number
}

/** The local disks of this machine and what they say of their health, read every few hours when somebody asks. */
export class DiskWatch {
  readonly #parts: Required<DiskWatchParts>
  readonly #runners = new Map<string, Pick<Runner, 'run' | 'uncertain'>>()
  #known: DisksMessage | undefined
  #readAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined

  constructor(parts: DiskWatchParts = {}) {
    this.#parts = {
      find: findLocalDisks,
      hasTool: () => locateCommand('smartctl') !== null,
      runner: () => new Runner({ deadlineAt: performance.now() + PER_DISK_MS }),
      everyMs: EVERY_MS,
      ...parts,
    }
  }

  /** What is known of them; begins to read them where that is due, and waits at most `waitMs` for it. Undefined: not read yet. */
  async status(waitMs: number): Promise<DisksMessage | undefined> {
    if (this.#isDue()) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined
      })
    }
    if (this.#reading !== undefined) await atMost(waitMs, this.#reading)
    return this.#known
  }

  /** Without the program there is nothing to wait for, and it may have been installed since. */
  #isDue(): boolean {
    return this.#known?.hasTool !== true || performance.now() - this.#readAtMs >= this.#parts.everyMs
  }

  async #read(): Promise<void> {
    const hasTool = this.#parts.hasTool()
    const disks: DiskMessage[] = []
    // One after the other: they may share a cable or a bridge.
    for (const disk of this.#parts.find()) {
      const found = hasTool ? await this.#ask(disk) : unread(disk)
      if (!disks.some((other) => isSame(other, found))) disks.push(found)
    }
    this.#known = { at: new Date().toISOString(), hasTool, disks }
    this.#readAtMs = performance.now()
  }

  async #ask(disk: LocalDisk): Promise<DiskMessage> {
    const known = this.#known?.disks.find(({ name, sizeBytes }) => name === disk.name && sizeBytes === disk.sizeBytes)
    const before = known ?? unread(disk)
    if (this.#runners.get(disk.name)?.uncertain) return { ...before, problem: 'smartctl has not come back from it' }
    const runner = this.#parts.runner()
    this.#runners.set(disk.name, runner)
    try {
      const { stdout } = await runner.run('smartctl', [...QUESTION, `/dev/${disk.name}`], { okExitCodes: ANY_EXIT })
      const answer = parseSmart(stdout)
      if (answer.kind === 'asleep') return before.readAt === null ? { ...before, problem: 'It sleeps' } : before
      if (answer.kind === 'unreadable') return { ...before, problem: answer.problem }
      const { problem, model } = answer.disk
      const readAt = problem === null ? new Date().toISOString() : null
      return { ...answer.disk, name: disk.name, model: model ?? disk.model, sizeBytes: disk.sizeBytes, readAt }
    } catch (error) {
      return { ...before, problem: toHoldfastError(error).message }
    }
  }
}

/** A disk on two cables, or with several namespaces, is one disk. */
function isSame(one: DiskMessage, other: DiskMessage): boolean {
  return one.serial !== null && one.serial === other.serial && one.model === other.model
}

function unread({ name, model, sizeBytes }: LocalDisk): DiskMessage {
  return {
    ...NO_HEALTH,
    name,
    model,
    sizeBytes,
    protocol: null,
    serial: null,
    rotates: null,
    readAt: null,
    problem: null,
  }
}
