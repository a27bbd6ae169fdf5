import { expect, test } from 'vitest'
import { rightsOfRoot } from '@/lib/installation/rights'

test('a process with a user of its own has nothing to say', () => {
  expect(rightsOfRoot({ runsAsRoot: undefined }, 998)).toBeNull()
})

test('root says why, in the words of the supervisor or by itself', () => {
  expect(rightsOfRoot({ runsAsRoot: 'the command setpriv (package util-linux) is missing' }, 0)).toContain(
    'The reason: the command setpriv (package util-linux) is missing.',
  )
  expect(rightsOfRoot({ runsAsRoot: undefined }, 0)).toContain('start it as a user of its own')
})
