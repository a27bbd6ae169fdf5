import type { FieldErrors, FieldValues, Resolver } from 'react-hook-form'

/** As `resolver`, but of a required field that is empty it says to enter it, and not the rules of what is entered. */
export function askForEmpty<V extends FieldValues>(
  resolver: Resolver<V>,
  words: Readonly<Record<string, string>>,
): Resolver<V> {
  return async (values, context, options) => {
    const result = await resolver(values, context, options)
    const errors: Record<string, unknown> = { ...result.errors }
    for (const [field, message] of Object.entries(words)) {
      if (errors[field] && String(values[field] ?? '').trim() === '') errors[field] = { ...errors[field], message }
    }
    return { ...result, errors: errors as FieldErrors<V> } as typeof result
  }
}
