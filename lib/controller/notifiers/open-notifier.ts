import type { SealingKeys } from '@/lib/controller/keys/sealing-keys'
import type { DueDelivery } from '@/lib/controller/notifiers/deliveries-repository'
import { HoldfastError } from '@/lib/errors'
import { HEARTBEAT_DESTINATION, HEARTBEAT_ID } from '@/lib/heartbeat/schema'
import { changeOf, notifierDestination } from '@/lib/notifiers/destination'
import { notifierByType } from '@/lib/notifiers/registry'
import type { Secret } from '@/lib/secret'

/** The secrets of a notifier, which may go where its settings say and nowhere else. Throws as `SealingKeys.open`. */
export function openNotifier(
  keys: Pick<SealingKeys, 'openFor'>,
  { id, type, config, secrets }: DueDelivery['notifier'],
): Promise<Record<string, Secret>> {
  const descriptor = notifierByType(type)
  const destination = notifierDestination(descriptor, config as Record<string, unknown>)
  return keys.openFor(id, secrets, destination, changeOf(descriptor))
}

/** The address of the dead-man's switch. Throws as `SealingKeys.open`. */
export async function openHeartbeat(keys: Pick<SealingKeys, 'openFor'>, sealed: string): Promise<Secret> {
  const secrets = [{ field: 'url', sealed }]
  const { url } = await keys.openFor(HEARTBEAT_ID, secrets, HEARTBEAT_DESTINATION, () => undefined)
  if (url === undefined) throw new HoldfastError('internal', 'The stored address cannot be opened. Enter it again.')
  return url
}
