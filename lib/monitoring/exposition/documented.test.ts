import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FAMILIES } from '@/lib/monitoring/exposition/families'

const NAMES = Object.values(FAMILIES)
  .map(({ name }) => name)
  .toSorted()

/** Every name of ours in a file, once. */
function namesIn(file: string): string[] {
  return [...new Set(readFileSync(file, 'utf8').match(/\bholdfast_\w+/g))].toSorted()
}

it('has every metric with its labels in the documentation, and no other', () => {
  expect(namesIn('docs/monitoring.md')).toEqual(NAMES)
  const rows = readFileSync('docs/monitoring.md', 'utf8').split('\n')
  for (const { name, labels } of Object.values(FAMILIES)) {
    const [, , cell = ''] = rows.find((line) => line.startsWith('|') && line.includes(`\`${name}\``))?.split('|') ?? []
    expect(
      [...cell.matchAll(/`(\w+)`/g)].map(([, label]) => label),
      name,
    ).toEqual(labels)
  }
})

it.each(['docs/prometheus/grafana-dashboard.json', 'docs/prometheus/rules.yml'])(
  '%s knows only what there is',
  (file) => {
    const names = namesIn(file)
    expect(names.length).toBeGreaterThan(10)
    expect(names.filter((name) => !(NAMES as string[]).includes(name))).toEqual([])
  },
)
