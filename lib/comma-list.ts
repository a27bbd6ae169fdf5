/** Several values in one: in a parameter of the API, and in the address of a list. A comma within a value is written `%2C`. */
export function joinValues(values: readonly string[]): string {
  return values.map((value) => value.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',')
}

/** Each value once, empty ones left out. */
export function splitValues(text: string): string[] {
  const values = text.split(',').map((part) => part.replaceAll('%2C', ',').replaceAll('%25', '%'))
  return [...new Set(values.filter(Boolean))]
}
