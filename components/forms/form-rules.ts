import { driverResolver } from '@/components/forms/driver-resolver'
import { checkValues, neededFields, pastedValues } from '@/components/forms/driver-rules'
import type { FieldValues } from '@/components/forms/driver-values'
import { secretsAgain, secretsToClear } from '@/components/forms/secrets-again'
import type { BackendView } from '@/lib/backends/schema'
import type { AnyDescriptor } from '@/lib/drivers/registry'
import { shownMount } from '@/lib/drivers/shown-mount'

export type FormRules = ReturnType<typeof formRules>

/** What the form of a backend asks of its type's code. `backend` is the stored one, when it is edited. */
export function formRules(descriptor: AnyDescriptor, backend: BackendView | undefined) {
  const stored = backend?.config
  const secrets = backend?.secrets
  return {
    /** What is wrong with the values. */
    resolve: driverResolver(descriptor, backend),
    /** Stored secrets that are to be entered again, by field. */
    again: (config: FieldValues) => secretsAgain(descriptor, config, stored, secrets),
    toClear: (config: FieldValues) => secretsToClear(descriptor, config, stored, secrets),
    needed: (config: FieldValues) => neededFields(descriptor, config, stored),
    pasted: (config: FieldValues) => pastedValues(descriptor, config),
    /** The commands of a mount at `path`; null while the form is not complete. */
    commands(values: FieldValues, path: string) {
      const { config } = checkValues(descriptor, values, stored)
      return config && shownMount(descriptor, config, { mountId: '', path, readOnly: false })
    },
  }
}
