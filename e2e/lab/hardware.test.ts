import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ALL_GUEST_NAMES, GUESTS, qemuArgs } from '@/e2e/lab/hardware.mjs'
import { imageDir, imageFiles } from '@/e2e/lab/image.mjs'

const PORTS = { ssh: 1, agent: 2, bulk: 3 }

it('the second host runs another distribution than the others, which share one', () => {
  expect(ALL_GUEST_NAMES.map((name) => [name, GUESTS[name].distribution])).toEqual([
    ['servers', 'debian12'],
    ['host', 'debian12'],
    ['host2', 'debian13'],
  ])
  expect(imageDir('debian12')).not.toBe(imageDir('debian13'))
})

it.each(ALL_GUEST_NAMES)('%s is booted with the kernel and the initrd of its own image', (name) => {
  const args = qemuArgs(name, PORTS, 4, undefined)
  const { kernel, initrd } = imageFiles(GUESTS[name].distribution)
  expect([args[args.indexOf('-kernel') + 1], args[args.indexOf('-initrd') + 1]]).toEqual([kernel, initrd])
})

it('the image of the second host holds no server', () => {
  const list = readFileSync(new URL('image/packages/debian13.txt', import.meta.url), 'utf8')
  const packages = list.split('\n').filter((line) => !line.startsWith('#'))
  expect(packages.join(' ')).not.toMatch(/ceph-(mon|mgr|osd)|radosgw|\bsamba\b|nginx|targetcli|nfs-kernel-server/)
})
