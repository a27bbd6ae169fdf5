import type { SavedViewView } from '@/lib/views/schema'

/** What an address says of a list, in one form: only these parameters, in one order, nothing empty. */
export function queryOf(search: string, parameters: readonly string[]): string {
  const found = [...new URLSearchParams(search)].filter(([name, value]) => parameters.includes(name) && value !== '')
  return new URLSearchParams(found.toSorted(([one], [other]) => (one < other ? -1 : 1))).toString()
}

/** The parameters of a view, and those that it does not have emptied. */
export function parametersOf(query: string, parameters: readonly string[]): Record<string, string> {
  const wanted = new URLSearchParams(query)
  return Object.fromEntries(parameters.map((name) => [name, wanted.get(name) ?? '']))
}

/** The view that is on the page now. */
export function currentView(
  views: readonly SavedViewView[],
  search: string,
  parameters: readonly string[],
): SavedViewView | undefined {
  const now = queryOf(search, parameters)
  return views.find((view) => queryOf(view.query, parameters) === now)
}
