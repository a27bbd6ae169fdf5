'use client'

import { useMemo, useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { problemOf } from '@/components/data/problem-note'
import { type BackendValues, driverResolver } from '@/components/forms/driver-resolver'
import { type FieldValues, initialValues, neededFields, pastedValues, toConfig } from '@/components/forms/driver-values'
import { secretsAgain, secretsToClear } from '@/components/forms/secrets-again'
import { useDraft } from '@/components/forms/use-draft'
import type { BackendView } from '@/lib/backends/schema'
import type { AnyDescriptor } from '@/lib/drivers/registry'
import { secretKeys } from '@/lib/drivers/settings'

export type DriverFormState = ReturnType<typeof useDriverForm>

/** The values of a backend while they are typed, and what is wrong with them. `backend` is the stored one, when it is edited. */
export function useDriverForm(descriptor: AnyDescriptor, backend: BackendView | undefined) {
  const stored = backend?.config
  const secrets = useMemo(() => secretKeys(descriptor), [descriptor])
  const resolver = useMemo(() => driverResolver(descriptor, backend), [descriptor, backend])
  const { control, handleSubmit, setError, setValue, getValues, formState, reset, trigger } = useForm<BackendValues>({
    resolver,
    mode: 'onTouched',
    defaultValues: { name: backend?.name ?? '', config: initialValues(descriptor, stored) },
  })
  const values = useWatch({ control }) as BackendValues
  const draft = useDraft(
    backend ? null : `backend:${descriptor.id}`,
    values,
    (kept) => reset(kept, { keepDefaultValues: true }),
    { without: secrets },
  )
  const [failure, setFailure] = useState<unknown>(null)
  const [pasted, setPasted] = useState<string[]>([])
  const again = useMemo(
    () => secretsAgain(descriptor, values.config, stored, backend?.secrets),
    [descriptor, values.config, stored, backend],
  )
  const needed = useMemo(() => neededFields(descriptor, values.config, stored), [descriptor, values.config, stored])

  function refuse(error: unknown) {
    const { fields = [] } = problemOf(error)
    for (const { field, message } of fields) {
      const key = field.replace(/^config\./, '')
      if (key === 'name') setError('name', { type: 'api', message })
      else if (descriptor.fields[key]) setError(`config.${key}`, { type: 'api', message })
    }
    setFailure(error)
  }

  return {
    descriptor,
    backend,
    control,
    handleSubmit,
    values,
    errors: formState.errors,
    isSubmitting: formState.isSubmitting,
    /** Stored secrets that are to be entered again, by field. */
    again,
    /** Fields that may not stay empty with the other values as they are. */
    needed,
    /** What the API refused at last; null when nothing. */
    failure,
    /** What became of a text that belonged into several fields, in words. */
    pasted,
    /** When a field is left: what was pasted into it goes where it belongs. */
    takeApart() {
      const { changed, notes } = pastedValues(descriptor, getValues('config'))
      const touched = { shouldDirty: true, shouldTouch: true, shouldValidate: true }
      for (const [key, value] of Object.entries(changed)) setValue(`config.${key}`, value, touched)
      if (notes.length > 0) setPasted(notes)
    },
    forgetDraft: draft.forget,
    /** The values as they stand now, also right after a change and before it is drawn. */
    currentConfig: () => getValues('config'),
    /** Shows what is wrong in the settings and leads to the first such field; true when nothing is. */
    checkConfig: () => trigger('config', { shouldFocus: true }),
    /** The `config` of a request. */
    configOf: (config: FieldValues) => ({
      ...toConfig(descriptor, config, backend !== undefined),
      ...secretsToClear(descriptor, config, stored, backend?.secrets),
    }),
    /** Asks the API for something; what it refuses is shown at its fields and as `failure`. */
    async attempt(ask: () => Promise<void>) {
      setFailure(null)
      try {
        await ask()
      } catch (error) {
        refuse(error)
      }
    },
  }
}
