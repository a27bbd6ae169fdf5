import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BEHIND, FOOT_ENTRIES, NAVIGATION, SETTINGS_ENTRIES } from '@/components/layout/navigation'
import { GO_TO } from '@/components/layout/shortcuts'
import { countWords } from '@/components/layout/use-trouble'

const PAGES = fileURLToPath(new URL('../../app/(console)', import.meta.url))

test('every entry and every key leads to a page that is there', () => {
  const entries = [
    ...NAVIGATION.flatMap((group) => group.entries),
    ...FOOT_ENTRIES,
    ...BEHIND,
    ...SETTINGS_ENTRIES,
    ...GO_TO,
  ]
  const lost = entries.map(({ href }) => href).filter((href) => !existsSync(path.join(PAGES, href, 'page.tsx')))
  expect(lost).toEqual([])
})

test('no group stands empty', () => {
  expect(NAVIGATION.filter((group) => group.entries.length === 0)).toEqual([])
})

test.each([
  [undefined, ''],
  [0, ''],
  [7, '7'],
  [99, '99'],
  [100, '99+'],
])('%s in trouble are marked "%s"', (count, words) => {
  expect(countWords(count)).toBe(words)
})
