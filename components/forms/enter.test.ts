import { expect, test } from 'vitest'
import { onEnter } from '@/components/forms/enter'

test.each([
  ['not tested, changed since its test, or failed', { isTesting: false, hasPassed: false }, 'test'],
  ['tested as it stands', { isTesting: false, hasPassed: true }, 'save'],
  ['being tested', { isTesting: true, hasPassed: false }, null],
] as const)('Enter in a form that is %s', (_, state, expected) => {
  expect(onEnter(state)).toBe(expected)
})
