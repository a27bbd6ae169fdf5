import { expect, it } from 'vitest'
import { freeName } from '@/lib/free-name'

const SLUG = { between: '-', most: 10 }

it.each([
  ['media', [], 'media'],
  ['media', ['media'], 'media-2'],
  ['media', ['media', 'media-2', 'media-3'], 'media-4'],
  ['abcdefghij', ['abcdefghij'], 'abcdefgh-2'],
  ['abcdefghijkl', [], 'abcdefghij'],
])('%s beside %o is %s', (wanted, taken, name) => {
  expect(freeName(wanted, new Set(taken), SLUG)).toBe(name)
})

it('numbers a name for people with a space', () => {
  expect(freeName('Media', new Set(['Media']), { between: ' ', most: 100 })).toBe('Media 2')
})
