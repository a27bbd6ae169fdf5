import { useEffect, useMemo, useState } from 'react'
import type { FormRules } from '@/components/forms/form-rules'
import type { BackendView } from '@/lib/backends/schema'
import { loadDriver } from '@/lib/drivers/load-driver'

async function fetched(type: string, backend: BackendView | undefined): Promise<FormRules> {
  const [descriptor, { formRules }] = await Promise.all([loadDriver(type), import('@/components/forms/form-rules')])
  return formRules(descriptor, backend)
}

/**
 * The rules of a form, fetched when somebody begins to fill it in: with its type's code and the library of schemas they are a sixth of
 * the page. Of a stored backend, which is complete from the start, they are fetched at once.
 */
export function useFormRules(type: string, backend: BackendView | undefined) {
  const [rules, setRules] = useState<FormRules | null>(null)
  const ask = useMemo(() => {
    let asked: Promise<FormRules> | undefined
    return () => {
      asked ??= fetched(type, backend)
      // Without an answer it is asked for again with the next key.
      asked.then(setRules, () => {
        asked = undefined
      })
      return asked
    }
  }, [type, backend])
  useEffect(() => {
    if (backend !== undefined) ask().catch(() => {})
  }, [ask, backend])
  return { rules, ask }
}
