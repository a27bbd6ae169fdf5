export interface LabelledHost {
  id: string
  labels: Record<string, string>
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Each label of these hosts once, with its key and the number of hosts that carry it. */
export function labelChoices(hosts: readonly LabelledHost[]): { value: string; label: string; count: number }[] {
  const pairs = hosts.flatMap(({ labels }) => Object.entries(labels).map(([key, value]) => `${key}=${value}`))
  const counts = Map.groupBy(pairs, (pair) => pair)
  return [...counts]
    .map(([pair, alike]) => ({ value: pair, label: pair.replace(/=$/, ''), count: alike.length }))
    .toSorted((a, b) => collator.compare(a.label, b.label))
}

/** Is this host among those asked for? `label` as in `labelChoices`; empty fields ask for nothing. */
export function matchesHost(
  name: string,
  labels: LabelledHost['labels'] | undefined,
  { text, label }: { text: string; label: string },
): boolean {
  const isNamed = name.toLowerCase().includes(text.trim().toLowerCase())
  if (!isNamed || label === '') return isNamed
  return Object.entries(labels ?? {}).some(([key, value]) => `${key}=${value}` === label)
}
