import { driverById, isDriverId } from '@/lib/drivers/registry'

/** The machines behind a storage, each once and in order; empty for one that uses no network, and where the config does not say. */
export function serversOf(driver: string, config: Record<string, unknown>): string[] {
  const names = namesIn(driver, config).filter((name) => typeof name === 'string' && name !== '')
  return [...new Set(names.map((name) => name.toLowerCase()))].sort()
}

function namesIn(driver: string, config: Record<string, unknown>): string[] {
  try {
    return isDriverId(driver) ? (driverById(driver).servers?.(config) ?? []) : []
  } catch {
    // What an earlier version stored may not be an address: one such backend must not stop a look at all of them.
    return []
  }
}
