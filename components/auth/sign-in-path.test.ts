import { expect, test } from 'vitest'
import { localPath, signInAgain } from '@/components/auth/sign-in-path'

test.each([
  ['/mounts/mnt_1?tab=history', '/sign-in?reason=expired&next=%2Fmounts%2Fmnt_1%3Ftab%3Dhistory'],
  ['/', '/sign-in?reason=expired'],
  ['', '/sign-in?reason=expired'],
  ['/sign-in?reason=expired', '/sign-in?reason=expired'],
  ['//elsewhere.example', '/sign-in?reason=expired'],
  ['/\\elsewhere.example', '/sign-in?reason=expired'],
  ['/\t/elsewhere.example', '/sign-in?reason=expired'],
])('from "%s" it leads over %s', (path, expected) => {
  expect(signInAgain(path)).toBe(expected)
})

test.each([
  undefined,
  '',
  'mounts',
  'https://elsewhere.example/',
  'javascript:alert(1)',
  '//elsewhere.example',
  '/\\elsewhere.example',
  '/\t/elsewhere.example',
  '/\n/elsewhere.example',
  '/\r\\elsewhere.example',
  '\t//elsewhere.example',
  '/.//elsewhere.example',
  '/mounts/..//elsewhere.example',
  '//user@elsewhere.example:3000/a',
])('%j leads nowhere but to the overview', (next) => {
  expect(localPath(next)).toBe('/')
})

test('a path of the console is kept, with what follows it', () => {
  expect(localPath('/mounts/mnt_1?tab=history#last')).toBe('/mounts/mnt_1?tab=history#last')
})
