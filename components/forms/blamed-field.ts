import type { FieldValues } from '@/components/forms/driver-values'
import type { TestStepView } from '@/lib/operations/schema'

/** Problems that a person cures in a field of the form, and which of their values stands in it. */
const BLAMED: Readonly<Record<string, string>> = {
  'name.not_found': 'server',
  'network.denied_by_policy': 'server',
  'nfs.export_missing': 'export_path',
  'nfs.not_directory': 'export_path',
}

/** Addresses also stand in URLs and in lists. */
function holds(entered: string, value: string): boolean {
  return entered.trim() === value || entered.split(/[\s,;/:@?#[\]]+/).includes(value)
}

/** The field that a failed step is about, with its words; null when it is none, or when it has another value by now. */
export function blamedField(
  steps: readonly TestStepView[],
  config: FieldValues,
): { field: string; message: string } | null {
  const failed = steps.find(({ status }) => status === 'failed')
  const value = failed?.explanation?.values[BLAMED[failed.explanation.id] ?? '']
  if (failed === undefined || value === undefined) return null
  const found = Object.entries(config).find(([, entered]) => typeof entered === 'string' && holds(entered, `${value}`))
  return found ? { field: found[0], message: failed.detail ?? failed.title } : null
}
