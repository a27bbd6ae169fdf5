import type { ListedKind } from '@/agent/resources/listed-kind'
import { Teller } from '@/agent/resources/told'
import type { ObservedWorkload } from '@/lib/agent-protocol/workloads'

/** The containers and machines of a simulated host. */
export class SimulatedWorkloads implements ListedKind<ObservedWorkload> {
  readonly name = 'workload'
  #workloads: readonly ObservedWorkload[] = []
  readonly #news = new Teller<ObservedWorkload>({ list: () => this.list(), idOf: (workload) => this.idOf(workload) })

  idOf({ workloadId }: ObservedWorkload): string {
    return workloadId
  }

  list(): ObservedWorkload[] {
    return [...this.#workloads]
  }

  version(): string {
    return this.#news.version()
  }

  subscribe(onChange: (changed: readonly ObservedWorkload[], gone: readonly string[]) => void): () => void {
    return this.#news.subscribe(onChange)
  }

  /** From now on it is these. */
  show(workloads: readonly ObservedWorkload[]): void {
    this.#workloads = workloads
    this.#news.tell()
  }
}
