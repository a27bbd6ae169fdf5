import { expect, test } from 'vitest'
import { isAble, LIBVIRT_ABILITIES, type LibvirtAbility, neededFor, versionsInWords } from '@/lib/libvirt/abilities'

const able = (libvirt: string | null, qemu: string | null) =>
  (Object.keys(LIBVIRT_ABILITIES) as LibvirtAbility[]).filter((ability) => isAble(ability, { libvirt, qemu }))

test.each([
  ['11.6.0', '10.0.2', ['snapshot', 'copy', 'backup', 'deleteSnapshot', 'revertSnapshot', 'rbdNamespace']],
  ['11.6.0', '4.2.1', ['snapshot', 'copy', 'backup', 'deleteSnapshot', 'revertSnapshot']],
  ['9.10.0', '8.1.0', ['snapshot', 'copy', 'backup', 'deleteSnapshot', 'revertSnapshot']],
  ['9.0.0', '7.2.22', ['snapshot', 'copy', 'backup', 'deleteSnapshot']],
  ['6.0.0', '4.2', ['snapshot', 'copy']],
  ['5.10.0', '4.2', []],
  [null, '10.0', []],
  ['11.6.0', null, []],
])('libvirt %s with QEMU %s can %j', (libvirt, qemu, expected) => {
  expect(able(libvirt, qemu)).toEqual(expected)
})

test('a refusal names what can, and what is there', () => {
  expect(neededFor('rbdNamespace')).toBe('libvirt 11.6.0 and QEMU 5.0')
  expect(versionsInWords({ libvirt: '9.0.0', qemu: null })).toBe('libvirt 9.0.0 and no known QEMU')
})
