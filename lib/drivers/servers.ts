import { driverById, isDriverId } from '@/lib/drivers/registry'

/** The machines behind a storage, each once and in order; empty for one that uses no network. */
export function serversOf(driver: string, config: Record<string, unknown>): string[] {
  const names = isDriverId(driver) ? (driverById(driver).servers?.(config) ?? []) : []
  return [...new Set(names.map((name) => name.toLowerCase()))].sort()
}
