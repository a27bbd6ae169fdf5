import { expect, test } from 'vitest'
import { readTimes } from '@/components/layout/appearance'

test.each([
  [undefined, undefined, { zone: 'UTC', style: 'relative' }],
  ['Europe/Berlin', 'absolute', { zone: 'Europe/Berlin', style: 'absolute' }],
  ['Mars/Olympus', 'sideways', { zone: 'UTC', style: 'relative' }],
])('the cookies %j and %j are read as %j', (zone, style, choice) => {
  expect(readTimes(zone, style)).toEqual(choice)
})
