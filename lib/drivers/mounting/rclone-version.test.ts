import { expect, it } from 'vitest'
import { hasSocketControl, parseRcloneVersion } from '@/lib/drivers/mounting/rclone-version'
import { fixture } from '@/testing/drivers/fixtures'

it('reads the recorded rclone-version.debian12.out', () => {
  expect(parseRcloneVersion(fixture('s3', 'rclone-version.debian12.out'))).toEqual({
    text: '1.60.1-DEV',
    major: 1,
    minor: 60,
  })
})

it.each([
  ['rclone v1.60.1-DEV\n', false],
  ['rclone v1.62.0\n', true],
  ['rclone v1.75.0-beta.1\n', true],
  ['rclone v2.0.0\n', true],
])('knows whether %s has a control socket', (text, expected) => {
  expect(hasSocketControl(parseRcloneVersion(text))).toBe(expected)
})

it.each(['', 'rclone', 'rclone v1', 'bash: rclone: command not found'])('refuses "%s"', (text) => {
  expect(() => parseRcloneVersion(text)).toThrow(expect.objectContaining({ code: 'command_failed' }))
})
