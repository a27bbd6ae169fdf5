import { expect, test } from 'vitest'
import { sizeProblem } from '@/components/volumes/forms/use-new-volume'

const GIB = 2 ** 30
const UNKNOWN = { bytes: null, by: null }

test('a size is refused for what is wrong with it', () => {
  expect(sizeProblem(GIB, UNKNOWN)).toBeNull()
  expect(sizeProblem(Number('many'), UNKNOWN)).toContain('as a number')
  expect(sizeProblem(0, UNKNOWN)).toContain('above 0')
  expect(sizeProblem(1e30, UNKNOWN)).toBe('No volume can be so large.')
  expect(sizeProblem(2 * GIB, { bytes: GIB, by: null })).toBe('There is not so much room.')
})
