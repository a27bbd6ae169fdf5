import type { LongRunning, Runner } from '@/agent/host/exec/run'

const DEBOUNCE_MS = 20
const FALLBACK_MS = 1_000
/** Beside a living `findmnt --poll`: only a net under it. */
const SAFETY_MS = 30_000
/** `findmnt` does not say when it began to watch; until then the fallback runs too. */
const ARMING_MS = 3_000
const RESTART_MS = [1_000, 5_000, 30_000]

/**
 * Tells when the mount table changes: a `findmnt --poll` child sleeps in poll(2) on mountinfo, which Node cannot do itself
 * (an outside umount is seen after 0.6 ms). Without the child it calls every second. A call says "look again", no more: comparing
 * with an earlier reading here would miss a mount that came and went between two of them.
 */
export class MountWatcher {
  readonly #runner: Runner
  readonly #onChange: () => void
  #child: LongRunning | null = null
  #failures = 0
  #armedAt = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #debounce: NodeJS.Timeout | undefined
  #restart: NodeJS.Timeout | undefined
  #stopped = true

  constructor(runner: Runner, onChange: () => void) {
    this.#runner = runner
    this.#onChange = onChange
  }

  /** `events` while the child lives; `polling` while the list is re-read every second. */
  get mode(): 'events' | 'polling' {
    return this.#child === null ? 'polling' : 'events'
  }

  get childPid(): number | null {
    return this.#child?.pid ?? null
  }

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#watch()
    this.#tick()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    clearTimeout(this.#debounce)
    clearTimeout(this.#restart)
    this.#debounce = undefined
    this.#child?.kill()
    this.#child = null
  }

  #watch(): void {
    try {
      const child = this.#runner.startLines('findmnt', ['--poll', '--noheadings', '--output', 'ACTION'], () =>
        this.#soon(),
      )
      this.#child = child
      this.#armedAt = performance.now() + ARMING_MS
      void child.exited.then(() => this.#lost(child))
    } catch {
      this.#scheduleRestart()
    }
  }

  #lost(child: LongRunning): void {
    if (this.#child !== child) return
    this.#child = null
    if (performance.now() - this.#armedAt > SAFETY_MS) this.#failures = 0
    this.#scheduleRestart()
    this.#tick()
  }

  #scheduleRestart(): void {
    if (this.#stopped) return
    const wait = RESTART_MS[Math.min(this.#failures, RESTART_MS.length - 1)]
    this.#failures++
    this.#restart = setTimeout(() => this.#watch(), wait)
  }

  #soon(): void {
    this.#debounce ??= setTimeout(() => {
      this.#debounce = undefined
      this.#onChange()
    }, DEBOUNCE_MS)
  }

  #tick(): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    this.#onChange()
    const alone = this.#child === null || performance.now() < this.#armedAt
    this.#timer = setTimeout(() => this.#tick(), alone ? FALLBACK_MS : SAFETY_MS)
  }
}
