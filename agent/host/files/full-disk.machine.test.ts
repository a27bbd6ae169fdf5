import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { orFullDisk } from '@/agent/host/files/full-disk'
import { Prober } from '@/agent/host/mounting/probe'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { makeSmallDisk } from '@/testing/small-disk'

const disk = makeSmallDisk(512)
afterAll(() => disk.remove())

it('says which disk is full when a tool could not write, and nothing of it when there is room', async () => {
  const prober = new Prober()
  const statfs = (path: string) => prober.statfs(path)
  const write = () => new Runner().run('dd', ['if=/dev/zero', `of=${join(disk.path, 'x')}`, 'bs=4096', 'count=1'])
  disk.fill()
  const error = await write().then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(CommandError)
  const expected = { code: 'disk_full', message: expect.stringContaining(disk.path) }
  expect(await orFullDisk(error, statfs)).toMatchObject(expected)
  disk.free()
  expect(await orFullDisk(error, statfs)).toBe(error)
  await expect(write()).resolves.toMatchObject({ exitCode: 0 })
})
