import { expect, test } from 'vitest'
import { mountNameOf } from '@/lib/mounts/mount-name'
import { MountName } from '@/lib/mounts/schema'

test.each([
  ['Media library', 'media-library'],
  ['  Zażółć gęślą jaźń ', 'zazo-c-gesla-jazn'],
  ['backups (eu-west)', 'backups-eu-west'],
  ['日本', ''],
])('"%s" becomes "%s"', (text, name) => {
  expect(mountNameOf(text)).toBe(name)
})

test('whatever comes out is a valid mount name', () => {
  expect(MountName.safeParse(mountNameOf(`${'a '.repeat(40)}-`)).success).toBe(true)
})
