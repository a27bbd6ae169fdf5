import { setImmediate as turn } from 'node:timers/promises'
import { Counter, Gauge, Registry } from '@prometheus-io/client'
import { FAMILIES, type FamilyKey, type LabelsOf } from '@/lib/monitoring/exposition/families'
import type { Family } from '@/lib/monitoring/exposition/family'

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

/** The samples of one scrape. */
export class Exposition {
  readonly #registry = new Registry()
  readonly #metrics = new Map<FamilyKey, Gauge<string> | Counter<string>>()

  /** What is unknown (null) has no sample, and a metric without samples is not there: nothing is ever 0 for want of knowledge. */
  add<Key extends FamilyKey>(key: Key, labels: LabelsOf<Key>, value: number | bigint | null): void {
    if (value === null) return
    const metric = this.#metricOf(key)
    const given = labels as Readonly<Record<string, string>>
    if (metric instanceof Gauge) metric.set(given, Number(value))
    else metric.inc(given, Number(value))
  }

  /** One sample for each of the states that there are: 1 for the one that it has. */
  addState<Key extends FamilyKey>(
    key: Key,
    states: readonly string[],
    labelsOf: (state: string) => LabelsOf<Key>,
    current: string,
  ): void {
    for (const state of states) this.add(key, labelsOf(state), state === current ? 1 : 0)
  }

  /** In the text format of Prometheus. Other requests have their turn between two metrics: one may have 20,000 samples. */
  async text(): Promise<string> {
    const parts: string[] = []
    for (const key of this.#metrics.keys()) {
      parts.push(await this.#registry.getSingleMetricAsString(FAMILIES[key].name))
      await turn()
    }
    return parts.map((part) => `${part}\n`).join('')
  }

  #metricOf(key: FamilyKey): Gauge<string> | Counter<string> {
    const known = this.#metrics.get(key)
    if (known) return known
    const { name, help, labels, type }: Family = FAMILIES[key]
    const configuration = { name, help, labelNames: labels, registers: [this.#registry] }
    const made = type === 'counter' ? new Counter(configuration) : new Gauge(configuration)
    this.#metrics.set(key, made)
    return made
  }
}

/** When it was, in seconds since 1970. */
export function seconds(at: Date | string | null): number | null {
  return at === null ? null : new Date(at).getTime() / 1000
}
