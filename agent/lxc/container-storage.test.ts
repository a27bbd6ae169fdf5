import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { containerStorage } from '@/agent/lxc/container-storage'

it('finds what a container is to have in all of its files, and that of Proxmox without its snapshots', () => {
  const directory = mkdtempSync(join(tmpdir(), 'container-storage-'))
  const at = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  mkdirSync(join(directory, 'more.d'))
  at('more.d/one.conf', 'lxc.mount.entry = /mnt/one srv/one none bind 0 0\n')
  at('more.d/two.txt', 'lxc.mount.entry = /mnt/two srv/two none bind 0 0\n')
  at('table', '# nothing\n/mnt/of\\040table srv/table none rbind,ro 0 0\n')
  at('loop', 'lxc.include = loop\nlxc.mount.entry=/mnt/loop srv/loop none bind 0 0\n')
  at('100.conf', 'rootfs: /mnt/roots/100\nmp0: /mnt/nas,mp=/data\n\n[before]\nmp1: /mnt/old,mp=/old\n')
  const config = at(
    'config',
    `lxc.rootfs.path = dir:/var/lib/lxc/x/rootfs\nlxc.include = ${directory}/more.d\nlxc.include = ${directory}/gone\nlxc.mount.fstab = ${directory}/table\n`,
  )
  const sources = (file: string, name: string) => containerStorage(file, name, directory).map(({ source }) => source)
  expect(sources(config, 'x')).toEqual(['/var/lib/lxc/x/rootfs', '/mnt/one', '/mnt/of table'])
  expect(sources(config, '100')).toEqual(expect.arrayContaining(['/mnt/roots/100', '/mnt/nas']))
  expect(sources(config, '100')).not.toContain('/mnt/old')
  expect(new Set(sources(join(directory, 'loop'), 'x'))).toEqual(new Set(['/mnt/loop']))
  expect(() => containerStorage(join(directory, 'none'), 'x')).toThrow()
  rmSync(directory, { recursive: true })
})
