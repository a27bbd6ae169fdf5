import { changeUnder, type Destination, destinationUnder } from '@/lib/drivers/descriptor-destination'
import { driverById } from '@/lib/drivers/registry'

// For those who have the id of a type. Who has its descriptor, such as a form in the browser, takes `descriptor-destination.ts`.

/** Of a config as it is stored or sent; also of one that is not complete. Throws `invalid_input` for a type that there is not. */
export function destinationOf(type: string, config: Record<string, unknown>): Destination {
  return destinationUnder(driverById(type), config)
}

/**
 * What has changed between two destinations, in the words of the form: `Server changed from nas-a to nas-b`. Undefined when they
 * are the same.
 */
export function destinationChange(before: Destination, after: Destination): string | undefined {
  return changeUnder(driverById(String(after.type)), before, after)
}
