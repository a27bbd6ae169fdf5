import type { FieldPath, FieldValues, UseFormSetError } from 'react-hook-form'
import { problemOf } from '@/components/data/problem-note'

/** Shows what the API refused at the fields of the form that it is about. */
export function tellFields<V extends FieldValues>(error: unknown, values: V, setError: UseFormSetError<V>): void {
  for (const { field, message } of problemOf(error).fields ?? [])
    if (field in values) setError(field as FieldPath<V>, { type: 'api', message })
}
