import { oursIn } from '@/agent/resources/workloads/ours'
import { requireStorage, type StorageHere } from '@/agent/resources/workloads/storage-there'
import type { DueContainer, ContainerRestarts as Restarts } from '@/lib/attach-targets/contract/restarts'
import type { AttachTarget, ContainerPower, FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import { toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { pauseFor } from '@/lib/pause'

const EVERY_MS = 5_000
/** So many times as long as a look took is waited before the next. */
const SHARE = 20
/** One that ran shorter has not come up, and is started again ever more slowly. */
const SHORT_MS = 10_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

export interface ContainerRestartsParts extends StorageHere {
  target: AttachTarget & { restarts: Restarts; power: ContainerPower }
  open(): { host: ChangingTargetHost; isStuck(): boolean }
  /** Is something being done to it? */
  isBusy(nativeId: string): boolean
  /** When the host was started, epoch milliseconds. */
  bootedAt(): number
  /** After a change: what containers do is told anew. */
  look(): Promise<void>
  log: Log
}

/** Carries out restart policies of containers in place of what runs them: only while their storage is there. */
export class ContainerRestarts {
  readonly #parts: ContainerRestartsParts
  readonly #stop = new AbortController()
  /** Why one that is to run is not started, by its native id. */
  #held = new Map<string, string>()
  /** Those that were to be started, by native id, with the end that it was tried after; `notBefore` as `performance.now()` time. */
  readonly #tries = new Map<string, { count: number; notBefore: number; endedAt: number }>()
  /** Of the last look, without what was started after it. */
  #lookMs = 0
  #isTaken = false
  #said = ''
  #door: ReturnType<ContainerRestartsParts['open']> | undefined

  constructor(parts: ContainerRestartsParts) {
    this.#parts = parts
  }

  begin(): void {
    void this.#run()
  }

  stop(): void {
    this.#stop.abort()
  }

  held(): ReadonlyMap<string, string> {
    return this.#held
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    for (let waitMs = 0; ; ) {
      await pauseFor(waitMs, signal)
      if (signal.aborted) return
      const isChanged = await this.care()
      waitMs = Math.max(EVERY_MS, SHARE * this.#lookMs)
      if (isChanged) await this.#parts.look()
    }
  }

  /** Throws nothing. Returns whether there is something new to tell. */
  async care(): Promise<boolean> {
    const { open, log, target, bootedAt } = this.#parts
    if (this.#door?.isStuck()) return false
    this.#door = open()
    const { host } = this.#door
    const before = JSON.stringify([...this.#held])
    let isStarted = false
    try {
      if (!this.#isTaken) await target.restarts.take(host)
      this.#isTaken = true
      const held = new Map<string, string>()
      const lookedAt = performance.now()
      const all = await target.restarts.due(host, bootedAt())
      this.#lookMs = performance.now() - lookedAt
      for (const due of all) {
        const id = due.nativeId
        if (this.#parts.isBusy(id) || this.#stop.signal.aborted) continue
        const fault = this.#faultOf(due)
        if (fault !== null) held.set(id, fault)
        else if (this.#isTurn(due)) {
          const why = await this.#start(host, due)
          if (why === null) isStarted = true
          else held.set(id, why)
        } else {
          const known = this.#held.get(id)
          if (known !== undefined) held.set(id, known)
        }
      }
      this.#held = held
      this.#said = ''
    } catch (error) {
      const { message } = toHoldfastError(error)
      if (message !== this.#said) log.warn('containers that have ended are not started again', { error })
      this.#said = message
    }
    return isStarted || JSON.stringify([...this.#held]) !== before
  }

  /** Why not; null: it was started. */
  async #start(host: ChangingTargetHost, due: DueContainer): Promise<string | null> {
    const { log, target } = this.#parts
    try {
      await target.power.act(host, due, 'start')
      log.info('a container that had ended was started again', { container: due.name })
      return null
    } catch (error) {
      const { message } = toHoldfastError(error)
      if (this.#held.get(due.nativeId) !== message)
        log.warn('a container that has ended could not be started again', { container: due.name, error })
      return message
    }
  }

  #faultOf({ storage }: FoundWorkload): string | null {
    const here = this.#parts.mounts()
    const isOurs = storage.some((each) => Object.values(oursIn(each, here)).some((id) => id !== null))
    if (!isOurs)
      return 'Nothing that it has is a mount or a volume of this host any more, and its label says that it needs one.'
    try {
      requireStorage(storage, this.#parts)
      return null
    } catch (error) {
      return toHoldfastError(error).message
    }
  }

  /** Counts the try. */
  #isTurn({ nativeId, ranMs, endedAt, mostTries }: DueContainer): boolean {
    const last = this.#tries.get(nativeId)
    // What came up is begun with anew; one that could not even be started has still the end of before.
    const known = ranMs < SHORT_MS || last?.endedAt === endedAt ? last : undefined
    const count = known?.count ?? 0
    if (performance.now() < (known?.notBefore ?? 0) || (mostTries !== null && count >= mostTries)) return false
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** count, LONGEST_PAUSE_MS)
    this.#tries.set(nativeId, { count: count + 1, notBefore: performance.now() + pauseMs, endedAt })
    return true
  }
}
