import { expect, test } from 'vitest'
import { signInAgain } from '@/components/auth/sign-in-path'

test.each([
  ['/mounts/mnt_1?tab=history', '/sign-in?reason=expired&next=%2Fmounts%2Fmnt_1%3Ftab%3Dhistory'],
  ['/', '/sign-in?reason=expired'],
  ['', '/sign-in?reason=expired'],
  ['/sign-in?reason=expired', '/sign-in?reason=expired'],
  ['//elsewhere.example', '/sign-in?reason=expired'],
  ['/\\elsewhere.example', '/sign-in?reason=expired'],
])('from "%s" it leads over %s', (path, expected) => {
  expect(signInAgain(path)).toBe(expected)
})
