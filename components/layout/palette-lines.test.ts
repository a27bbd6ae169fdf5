import { Server } from 'lucide-react'
import { expect, it } from 'vitest'
import { fitsWords, selectedLine } from '@/components/layout/palette-lines'

it.each([
  ['', true],
  ['set', true],
  ['users set', true],
  ['PEOPLE', true],
  ['ettings', false],
  ['set nothing', false],
  ['/', false],
])('"%s" finds the settings of users: %s', (query, fits) => {
  expect(fitsWords(query, ['Settings: Users', 'people'])).toBe(fits)
})

it('stays with the line that was chosen while it is there, and begins with the first', () => {
  const line = (value: string) => ({ value, icon: Server, label: value, onSelect: () => {} })
  const before = [{ heading: 'Go to', lines: [line('a'), line('b')] }]
  expect(selectedLine(before, null)).toBe('a')
  expect(selectedLine(before, 'b')).toBe('b')
  const after = [{ heading: 'Hosts', lines: [line('new')] }, ...before]
  expect(selectedLine(after, 'b')).toBe('b')
  expect(selectedLine(after, 'gone')).toBe('new')
  expect(selectedLine([], 'b')).toBe('')
})
