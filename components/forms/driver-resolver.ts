import type { FieldErrors, Resolver } from 'react-hook-form'
import { checkValues } from '@/components/forms/driver-rules'
import type { FieldValues } from '@/components/forms/driver-values'
import { secretsAgain } from '@/components/forms/secrets-again'
import { BackendName, type BackendView } from '@/lib/backends/schema'
import type { AnyDescriptor } from '@/lib/drivers/registry'

/** What the form of a backend holds. */
export interface BackendValues {
  name: string
  config: FieldValues
}

/** Judges the values with the rules of the API, and asks again for the secrets that would go elsewhere. */
export function driverResolver(descriptor: AnyDescriptor, backend: BackendView | undefined): Resolver<BackendValues> {
  return (values) => {
    const errors: FieldErrors<BackendValues> = {}
    const name = BackendName.safeParse(values.name)
    if (!name.success) errors.name = { type: 'name', message: name.error.issues[0]?.message ?? '' }
    const again = secretsAgain(descriptor, values.config, backend?.config, backend?.secrets)
    const problems = [
      ...checkValues(descriptor, values.config, backend?.config).problems,
      ...[...again].map(([field, message]) => ({ field, message })),
    ]
    if (problems.length > 0) {
      errors.config = Object.fromEntries(
        problems.map(({ field, message }) => [field, { type: 'value', message }]),
      ) as NonNullable<FieldErrors<BackendValues>['config']>
    }
    return Object.keys(errors).length > 0 ? { values: {}, errors } : { values, errors: {} }
  }
}
