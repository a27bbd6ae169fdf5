import { expect, test } from 'vitest'
import { parseLabels } from '@/components/hosts/edit-host'

test.each([
  ['rack=a1, site=north', { rack: 'a1', site: 'north' }],
  ['', {}],
  [' rack = a1 ,, ', { rack: 'a1' }],
  ['alone', { alone: '' }],
  ['expression=a=b', { expression: 'a=b' }],
])('"%s"', (text, labels) => {
  expect(parseLabels(text)).toEqual(labels)
})
