import { expect, test } from 'vitest'
import { namesInShort } from '@/lib/sentences'

test.each([
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
])('%j are named "%s"', (names, words) => {
  expect(namesInShort(names)).toBe(words)
})
