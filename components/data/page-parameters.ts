/** What Next gives a page of its address. */
export type SearchParameters = Record<string, string | string[] | undefined>

/** As the browser sees them; of one that is there several times the first, as `get` answers. */
export function parametersFrom(found: SearchParameters): URLSearchParams {
  const entries = Object.entries(found).flatMap(([name, value]) => {
    const first = Array.isArray(value) ? value[0] : value
    return first === undefined ? [] : [[name, first]]
  })
  return new URLSearchParams(entries)
}
