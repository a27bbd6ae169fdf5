import { expect, test } from 'vitest'
import { isSameSource, plainSource } from '@/lib/drivers/mounting/same-source'

test.each([
  ['//files.example/frd/', '//files.example/frd', true],
  ['\\\\FILES.example\\frd', '//files.example/frd', true],
  ['//files.example/frd', '//files.example/FRD', false],
  ['nas:/export/b/', 'nas:/export/b', true],
  ['NAS.example.:/export//b', 'nas.example:/export/b', true],
  ['nas:/', 'nas:/', true],
  ['nas:/Export', 'nas:/export', false],
  ['[FD00:0:0:0:0:0:0:2]:/a', '[fd00::2]:/a', true],
  ['//fd00::2/a', '//[fd00::2]/a', true],
  ['[fe80::1%eth0]:/a', '[fe80::1%eth1]:/a', false],
  ['wasabi:films', 'wasabi:films', true],
  ['nas:/a', 'nas2:/a', false],
  ['nfs://nas/a', 'nfs:/nas/a', false],
])('%s and %s: %s', (one, other, same) => {
  expect(isSameSource(one, other)).toBe(same)
})

test.each([
  ['nas:/export//b/', 'nas:/export/b'],
  ['\\\\nas\\share\\x', '//nas/share/x'],
  ['/srv//data/', '/srv/data'],
  ['tag', 'tag'],
  ['nfs://nas.lan/export', 'nfs://nas.lan/export'],
  ['nfs:/export//a', 'nfs:/export/a'],
])('%s is %s', (source, plain) => {
  expect(plainSource(source)).toBe(plain)
})
