'use client'

import { useMemo, useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { problemOf } from '@/components/data/problem-note'
import type { BackendValues } from '@/components/forms/driver-resolver'
import { type FieldValues, initialValues, toConfig } from '@/components/forms/driver-values'
import { type FormSpec, secretsOf } from '@/components/forms/form-spec'
import { useDraft } from '@/components/forms/use-draft'
import { useFormRules } from '@/components/forms/use-form-rules'
import type { BackendView } from '@/lib/backends/schema'

export type DriverFormState = ReturnType<typeof useDriverForm>

const NONE_AGAIN: ReadonlyMap<string, string> = new Map()

/** The values of a backend while they are typed, and what is wrong with them. `backend` is the stored one, when it is edited. */
export function useDriverForm(spec: FormSpec, backend: BackendView | undefined) {
  const stored = backend?.config
  const secrets = useMemo(() => secretsOf(spec), [spec])
  const fresh = useMemo(
    () => ({ name: backend?.name ?? '', config: initialValues(spec, stored) }),
    [spec, stored, backend?.name],
  )
  const { rules, ask } = useFormRules(spec.id, backend)
  const { control, handleSubmit, setError, setValue, getValues, formState, reset, trigger } = useForm<BackendValues>({
    resolver: async (entered, context, options) => (await ask()).resolve(entered, context, options),
    mode: 'onTouched',
    defaultValues: fresh,
  })
  const values = useWatch({ control }) as BackendValues
  const draft = useDraft(
    backend ? null : `backend:${spec.id}`,
    values,
    (kept) => {
      reset(kept, { keepDefaultValues: true })
      ask().catch(() => {})
    },
    { without: secrets, fresh },
  )
  const [failure, setFailure] = useState<unknown>(null)
  const [pasted, setPasted] = useState<string[]>([])
  const again = useMemo(() => rules?.again(values.config) ?? NONE_AGAIN, [rules, values.config])
  const needed = useMemo(
    () => rules?.needed(values.config) ?? new Set(backend ? [] : spec.neededAtFirst),
    [rules, values.config, backend, spec],
  )

  function refuse(error: unknown) {
    const { fields = [] } = problemOf(error)
    for (const { field, message } of fields) {
      const key = field.replace(/^config\./, '')
      if (key === 'name') setError('name', { type: 'api', message })
      else if (spec.fields[key]) setError(`config.${key}`, { type: 'api', message })
    }
    setFailure(error)
  }

  return {
    spec,
    backend,
    /** What its type's code says; null until somebody begins to fill it in. */
    rules,
    /** Somebody begins: fetches that code. */
    begin: () => void ask().catch(() => {}),
    control,
    handleSubmit,
    values,
    errors: formState.errors,
    isSubmitting: formState.isSubmitting,
    /** How often it was tried to save. */
    attempts: formState.submitCount,
    /** Stored secrets that are to be entered again, by field. */
    again,
    /** Fields that may not stay empty with the other values as they are. */
    needed,
    /** What the API refused at last; null when nothing. */
    failure,
    /** What became of a text that belonged into several fields, in words. */
    pasted,
    /** When a field is left: what was pasted into it goes where it belongs. */
    async takeApart() {
      const { changed, notes } = (await ask()).pasted(getValues('config'))
      const touched = { shouldDirty: true, shouldTouch: true, shouldValidate: true }
      for (const [key, value] of Object.entries(changed)) setValue(`config.${key}`, value, touched)
      if (notes.length > 0) setPasted(notes)
    },
    draft,
    /** The values as they stand now, also right after a change and before it is drawn. */
    currentConfig: () => getValues('config'),
    /** Shows what is wrong in the settings and leads to the first such field; true when nothing is. */
    checkConfig: () => trigger('config', { shouldFocus: true }),
    /** The `config` of a request. */
    configOf: (config: FieldValues) => ({
      ...toConfig(spec, config, backend !== undefined),
      ...rules?.toClear(config),
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
