import { describe, expect, it } from 'vitest'
import { LAYOUTS, type LayoutName, notIn, strokesOf } from '@/components/consoles/keyboard-layouts'

const NAMES = Object.keys(LAYOUTS) as LayoutName[]
const PRINTABLE = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))

describe.each(NAMES)('the layout %s', (name) => {
  it('has rows as long as those of the board, and no key twice for the same', () => {
    const { plain, shift } = LAYOUTS[name]
    expect([plain, shift].map((rows) => rows.map((row) => row.length))).toEqual([
      [13, 13, 11, 11],
      [13, 13, 11, 11],
    ])
    const places = [...strokesOf(name).values()].map(({ code, shift: high, altGr }) => `${code} ${high} ${altGr}`)
    expect(new Set(places).size).toBe(places.length)
  })
})

it('can type what passwords and commands are made of', () => {
  expect(notIn(PRINTABLE.join(''), 'us')).toEqual([])
  expect(notIn(PRINTABLE.join(''), 'gb')).toEqual([])
  expect(notIn(PRINTABLE.join(''), 'de')).toEqual([])
  // Both are dead keys of AltGr there, in some systems.
  expect(notIn(PRINTABLE.join(''), 'fr')).toEqual(['`', '~'])
  expect(notIn('grün 漢漢', 'us')).toEqual(['ü', '漢'])
})

it('knows where keys are elsewhere', () => {
  expect(strokesOf('de').get('z')).toMatchObject({ code: 'KeyY', shift: false })
  expect(strokesOf('de').get('@')).toMatchObject({ code: 'KeyQ', altGr: true })
  expect(strokesOf('de').get('^')).toMatchObject({ code: 'Backquote', isDead: true })
  expect(strokesOf('fr').get('1')).toMatchObject({ code: 'Digit1', shift: true })
  expect(strokesOf('gb').get('#')).toMatchObject({ code: 'Backslash', shift: false })
})
