import type { DueCheck } from '@/lib/controller/monitoring/reach-repository'

export interface TurnLimits {
  /** Checks of one server at the same time, each from another host. */
  perServer: number
  perHost: number
  all: number
}

/** Checks that wait for their turn: never more than so many at one server or one host at the same time. */
export class CheckTurns {
  readonly #waiting = new Map<string, { servers: readonly string[]; checks: DueCheck[] }>()
  readonly #atServer = new Map<string, number>()
  readonly #atHost = new Map<string, number>()
  readonly #running = new Set<number>()

  get running(): number {
    return this.#running.size
  }

  get waiting(): number {
    let count = 0
    for (const { checks } of this.#waiting.values()) count += checks.length
    return count
  }

  /** Takes the place of all that waited; what runs already is left out. `serversOf`: the machines that a check goes to. */
  replace(checks: readonly DueCheck[], serversOf: (check: DueCheck) => readonly string[]): void {
    this.#waiting.clear()
    for (const check of checks) {
      if (this.#running.has(check.id)) continue
      const servers = serversOf(check)
      const key = servers.join(' ')
      const group = this.#waiting.get(key) ?? { servers, checks: [] }
      this.#waiting.set(key, group)
      group.checks.push(check)
    }
  }

  /** The next one that may begin, with the way to say that it has ended; null: all have to wait. */
  next({ perServer, perHost, all }: TurnLimits): { check: DueCheck; done(): void } | null {
    if (this.#running.size >= all) return null
    for (const [key, { servers, checks }] of this.#waiting) {
      if (servers.some((server) => (this.#atServer.get(server) ?? 0) >= perServer)) continue
      const at = checks.findIndex(({ hostId }) => (this.#atHost.get(hostId) ?? 0) < perHost)
      const [check] = at === -1 ? [] : checks.splice(at, 1)
      if (check === undefined) continue
      // The others have their turn before this one again.
      this.#waiting.delete(key)
      if (checks.length > 0) this.#waiting.set(key, { servers, checks })
      return { check, done: this.#begin(check, servers) }
    }
    return null
  }

  #begin({ id, hostId }: DueCheck, servers: readonly string[]): () => void {
    const add = (counts: Map<string, number>, key: string, by: number) => {
      const count = (counts.get(key) ?? 0) + by
      if (count === 0) counts.delete(key)
      else counts.set(key, count)
    }
    const all = (by: number) => {
      for (const server of servers) add(this.#atServer, server, by)
      add(this.#atHost, hostId, by)
    }
    this.#running.add(id)
    all(1)
    return () => {
      this.#running.delete(id)
      all(-1)
    }
  }
}
