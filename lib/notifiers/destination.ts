import type { DescribeChange } from '@/lib/db/sealed-secrets'
import { changeUnder, type Destination, destinationUnder } from '@/lib/drivers/descriptor-destination'
import type { AnyNotifier } from '@/lib/notifiers/registry'

/** Where the secrets of a notifier go. No storage type is called so. */
export function notifierDestination(descriptor: AnyNotifier, config: Record<string, unknown>): Destination {
  return { ...destinationUnder(descriptor, config), type: `notifier/${descriptor.id}` }
}

/** In the words of the form of this type. */
export function changeOf(descriptor: AnyNotifier): DescribeChange {
  return (before, after) => changeUnder(descriptor, before, after)
}
