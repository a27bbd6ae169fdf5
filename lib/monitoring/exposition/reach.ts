import type { RuleSet } from '@/lib/alert-rules/rule-set'
import { budgetSeconds, healthWord } from '@/lib/availability/days'
import type { Exposition } from '@/lib/monitoring/exposition/exposition'
import type { CheckedCount, HealthCount, Unreached } from '@/lib/monitoring/exposition/reach-repository'
import type { Names } from '@/lib/monitoring/exposition/storages'

/** Who reaches which storage, as it was checked last. */
export function addReach(
  figures: Exposition,
  checked: readonly CheckedCount[],
  unreached: readonly Unreached[],
  names: Names,
): void {
  for (const { backendId, hosts } of checked) {
    const backend = names.get(backendId)
    if (backend !== undefined) figures.add('backendChecked', { backend }, hosts)
  }
  for (const { backend, host, layer } of unreached) figures.add('backendUnreached', { backend, host, layer }, 1)
}

/** `failingSeconds`: by backend; what is not in it has not failed. */
export function addAvailability(
  figures: Exposition,
  counts: readonly HealthCount[],
  failingSeconds: ReadonlyMap<string, number>,
  { names, rules }: { names: Names; rules: RuleSet },
): void {
  for (const [backendId, alike] of Map.groupBy(counts, (row) => row.backendId)) {
    const backend = names.get(backendId)
    if (backend === undefined) continue
    for (const { health, hosts } of alike) figures.add('backendHosts', { backend, health: healthWord(health) }, hosts)
    const hosts = alike.reduce((sum, row) => sum + row.hosts, 0)
    const objective = rules.limits('availability', backendId).warning
    figures.add('backendFailing', { backend }, failingSeconds.get(backendId) ?? 0)
    figures.add('backendBudget', { backend }, budgetSeconds(objective, hosts))
    figures.add('backendObjective', { backend }, objective / 100)
  }
}
