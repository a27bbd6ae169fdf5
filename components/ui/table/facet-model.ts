import { compare } from '@/components/ui/table/table-model'

interface Option {
  value: string
  label: string
}

/** A way to filter rows: by any number of values. */
export interface Facet<Row> {
  id: string
  label: string
  /** What the row has of it: more than one where it belongs to several. */
  values: (row: Row) => readonly string[]
  /** What can be chosen, in this order. Without it: what the rows have. */
  options?: readonly Option[]
  /** Values of one group are alternatives, and every group has to be met. Without it all of them are alternatives. */
  groupOf?: (value: string) => string
  /** The API filters by it: the rows are not all there are, so they neither say what there is nor how often. */
  isRemote?: boolean
}

export interface FacetChoice extends Option {
  /** How many rows have it; undefined where that is not known. */
  count?: number
}

/** Does the row have one of the values, of every group that has any? Nothing chosen matches all. */
export function hasOneOf<Row>({ values, groupOf }: Facet<Row>, chosen: readonly string[], row: Row): boolean {
  if (chosen.length === 0) return true
  const found = new Set(values(row))
  if (groupOf === undefined) return chosen.some((value) => found.has(value))
  return [...Map.groupBy(chosen, groupOf).values()].every((group) => group.some((value) => found.has(value)))
}

/** What can be chosen: of what is known only what at least one row has, and what is chosen already. */
export function choicesOf<Row>(facet: Facet<Row>, rows: readonly Row[], chosen: readonly string[]): FacetChoice[] {
  const { options, values, isRemote = false } = facet
  if (isRemote && options !== undefined) return [...options, ...unknownOf(options, chosen)]
  const counts = new Map<string, number>()
  for (const row of rows) for (const value of values(row)) counts.set(value, (counts.get(value) ?? 0) + 1)
  const known = options ?? [...counts.keys()].toSorted(compare).map((value) => ({ value, label: value }))
  return [...known, ...unknownOf(known, chosen)]
    .filter(({ value }) => counts.has(value) || chosen.includes(value))
    .map((option) => ({ ...option, count: counts.get(option.value) ?? 0 }))
}

/** An address may name what is not there, or not any more. */
function unknownOf(options: readonly Option[], chosen: readonly string[]): Option[] {
  const known = new Set(options.map(({ value }) => value))
  return chosen.filter((value) => !known.has(value)).map((value) => ({ value, label: value }))
}

/** The chosen values as people read them. */
export function chosenWords<Row>({ options = [] }: Facet<Row>, chosen: readonly string[]): string[] {
  return chosen.map((value) => options.find((option) => option.value === value)?.label ?? value)
}
