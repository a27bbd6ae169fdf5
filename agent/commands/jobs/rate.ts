import type { JobProgress } from '@/lib/agent-protocol/messages'

const WINDOW_MS = 10_000
/** Less says more about the moment than about the work. */
const LEAST_MS = 500

/** What a program says of how far it is; the rate is ours to find. */
export type Progress = Pick<JobProgress, 'done' | 'total' | 'unit' | 'files'> & { phase?: string }

/** How fast the work goes, over the last ten seconds. It begins anew where another phase begins. */
export class Rate {
  #samples: { at: number; done: number }[] = []
  #what = ''

  /** Units per second; null while it is not known. `at`: `performance.now()` time. */
  add({ done, unit, phase }: Progress, at: number): number | null {
    const what = `${unit} ${phase ?? ''}`
    const before = this.#samples.at(-1)
    if (what !== this.#what || (before !== undefined && done < before.done)) this.#samples = []
    this.#what = what
    this.#samples.push({ at, done })
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) >= WINDOW_MS) this.#samples.shift()
    const [first] = this.#samples
    if (first === undefined || at - first.at < LEAST_MS) return null
    return ((done - first.done) * 1_000) / (at - first.at)
  }
}
