import type {
  ConnectionPlace,
  ConnectionRequest,
  MountRequest,
  MountTarget,
  OptionFacts,
} from '@/lib/drivers/contract/mount-request'
import { type AnyDescriptor, driverById, isDriverId } from '@/lib/drivers/registry'

type Config = Record<string, unknown>

interface Known {
  descriptor: AnyDescriptor
  config: Config
}

/** A stored config may be older than a default, or of a type that this version does not have. */
function known(driver: string, config: Config): Known | null {
  if (!isDriverId(driver)) return null
  const descriptor = driverById(driver)
  const parsed = descriptor.config.safeParse(config)
  return parsed.success ? { descriptor, config: parsed.data } : null
}

/** What a mount of these settings asks of a host. Null when that cannot be said. */
export function mountRequestFor(driver: string, config: Config, target: MountTarget): MountRequest | null {
  const found = known(driver, config)
  return found?.descriptor.mounting?.request(found.config, target) ?? null
}

/** What opening, or closing, a block storage of these settings asks of a host. Null when that cannot be said. */
export function connectionRequestFor(
  what: 'connect' | 'disconnect',
  driver: string,
  config: Config,
  place: ConnectionPlace,
): ConnectionRequest | null {
  const found = known(driver, config)
  return found?.descriptor.connecting?.[what](found.config, place) ?? null
}

/** `NFS 4.2`: what both sides agreed on, from the options in force. Null when that cannot be said. */
export function spokenOn(driver: string, inForce: string | null): string | null {
  if (inForce === null || !isDriverId(driver)) return null
  return driverById(driver).mounting?.spoken?.(inForce) ?? null
}

/** How the kernel words the options of a type. */
export function optionFactsOf(driver: string): OptionFacts {
  return (isDriverId(driver) ? driverById(driver).mounting?.options : undefined) ?? {}
}
