import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BEHIND, FOOT_ENTRIES, NAVIGATION } from '@/components/layout/navigation'
import { SETTINGS, SETTINGS_FIRST, settingsFor } from '@/components/layout/settings-navigation'
import { GO_TO } from '@/components/layout/shortcuts'
import { countWords } from '@/components/layout/use-trouble'
import { permissionsOf } from '@/lib/auth/permissions'
import type { Role } from '@/lib/users/schema'

const PAGES = fileURLToPath(new URL('../../app/(console)', import.meta.url))

test('every entry and every key leads to a page that is there', () => {
  const entries = [
    ...NAVIGATION.flatMap((group) => group.entries),
    ...FOOT_ENTRIES,
    ...BEHIND,
    ...SETTINGS.flatMap((group) => group.entries),
    { href: SETTINGS_FIRST },
    ...GO_TO,
  ]
  const lost = entries.map(({ href }) => href).filter((href) => !existsSync(path.join(PAGES, href, 'page.tsx')))
  expect(lost).toEqual([])
})

test('no group stands empty', () => {
  expect(NAVIGATION.filter((group) => group.entries.length === 0)).toEqual([])
})

test.each<[Role, string[]]>([
  ['viewer', ['Personal: Account, Appearance']],
  ['operator', ['Personal: Account, Appearance', 'System: Notifiers, Health']],
  [
    'admin',
    ['Personal: Account, Appearance', 'Access: Users, API tokens', 'System: Notifiers, Measuring, Retention, Health'],
  ],
])('the settings of a %s have only what they may use', (role, expected) => {
  const groups = settingsFor([...permissionsOf(role)])
  expect(groups.map(({ label, entries }) => `${label}: ${entries.map((entry) => entry.label).join(', ')}`)).toEqual(
    expected,
  )
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
