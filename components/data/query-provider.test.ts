import { expect, test } from 'vitest'
import { isFinal } from '@/components/data/query-provider'

test('what a host has not answered is said at once, and what the server could not take is asked again', () => {
  expect([404, 409, 502, 504].filter((status) => !isFinal({ status }))).toEqual([])
  expect([0, 500, 503].filter((status) => isFinal({ status }))).toEqual([])
})
