import type { SealingKeys } from '@/lib/controller/keys/sealing-keys'
import type { DueDelivery } from '@/lib/controller/notifiers/deliveries-repository'
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
