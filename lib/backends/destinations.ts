import type { StoredSecret } from '@/lib/db/sealed-secrets'
import { destinationChangeOf } from '@/lib/db/sealed-secrets'
import { type Destination, enterAgain } from '@/lib/drivers/descriptor-destination'
import { destinationOf } from '@/lib/drivers/destination'
import { type FieldProblem, HoldfastError } from '@/lib/errors'

/** Where a backend's secrets go: as its own config says, and as it is on hosts that differ (`overrides`, config fields only). */
export function destinationsFor(
  driver: string,
  config: Record<string, unknown>,
  overrides: readonly Record<string, unknown>[] = [],
): Destination[] {
  return [config, ...overrides.map((own) => ({ ...config, ...own }))].map((each) => destinationOf(driver, each))
}

/** Stored secrets that were not entered for one of these destinations, each with what to do about it; `field` as in a request. */
export function secretsToEnterAgain(
  kept: readonly Pick<StoredSecret, 'field' | 'sealed'>[],
  destinations: readonly Destination[],
): FieldProblem[] {
  return kept.flatMap(({ field, sealed }) => {
    const changes = destinations.map((destination) => destinationChangeOf(sealed, destination))
    const change = changes.find((each) => each !== undefined)
    return change === undefined ? [] : [{ field: `config.${field}`, message: enterAgain(change) }]
  })
}

/** Throws `invalid_input` for stored secrets that would go where they were not entered for. */
export function requireEntered(
  kept: readonly Pick<StoredSecret, 'field' | 'sealed'>[],
  destinations: readonly Destination[],
): void {
  refuseFields(secretsToEnterAgain(kept, destinations))
}

/** Throws `invalid_input` with these problems, if there are any. */
export function refuseFields(fields: FieldProblem[]): void {
  const [first] = fields
  if (first) throw new HoldfastError('invalid_input', `${first.field}: ${first.message}`, { fields })
}
