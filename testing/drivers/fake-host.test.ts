import { describe, expect, it } from 'vitest'
import type { KernelMountRequest } from '@/lib/drivers/contract/mount-request'
import { Secret } from '@/lib/secret'
import { FakeHost, failure, fakeStorage } from '@/testing/drivers/fake-host'

const REQUEST: KernelMountRequest = {
  kind: 'kernel',
  fsType: 'nfs',
  source: 'nas:/m',
  target: '/mnt/m',
  options: [{ name: 'vers', value: '4.2' }],
  readOnly: true,
}

function host(): FakeHost {
  const fake = new FakeHost()
  fake.storages.set('nas:/m', fakeStorage())
  return fake
}

describe('mounts', () => {
  it('shows what was mounted, with the flags of the request', async () => {
    const fake = host()
    await fake.mounts.mount(REQUEST)
    expect(fake.mounts.list().at(-1)).toMatchObject({
      fsType: 'nfs',
      source: 'nas:/m',
      target: '/mnt/m',
      options: ['vers=4.2', 'ro', 'nosuid', 'nodev'],
    })
  })

  it('refuses a second mount on the same place and an unknown source', async () => {
    const fake = host()
    await fake.mounts.mount(REQUEST)
    await expect(fake.mounts.mount(REQUEST)).rejects.toMatchObject({ code: 'conflict' })
    await expect(fake.mounts.mount({ ...REQUEST, target: '/mnt/n', source: 'nas:/x' })).rejects.toMatchObject({
      exitCode: 32,
    })
  })

  it('unmounts twice, but not what is held', async () => {
    const fake = host()
    await fake.mounts.mount(REQUEST)
    fake.holders.set('/mnt/m', 'bash (1)')
    await expect(fake.mounts.unmount('/mnt/m')).rejects.toMatchObject({
      code: 'busy',
      details: { holders: ['bash (1)'] },
    })
    fake.holders.clear()
    await fake.mounts.unmount('/mnt/m')
    await fake.mounts.unmount('/mnt/m')
    expect(fake.mounts.list()).toHaveLength(1)
  })
})

describe('probes', () => {
  it.each([
    [{}, 'ok', 'ok'],
    [{ state: 'hung' as const }, 'hung', 'hung'],
    [{ state: { errno: 'EIO' } }, 'failed', 'failed'],
    [{ writeErrno: 'EROFS' }, 'ok', 'failed'],
    [{ freeBytes: 0 }, 'ok', 'failed'],
  ])('of a storage that is %j', async (change, list, write) => {
    const fake = host()
    fake.storages.set('nas:/m', fakeStorage(change))
    await fake.mounts.mount(REQUEST)
    expect((await fake.probe.list('/mnt/m/sub')).state).toBe(list)
    expect((await fake.probe.writeReadDelete('/mnt/m')).state).toBe(write)
  })
})

describe('commands', () => {
  it('answers, fails, treats accepted exit codes as answers, and knows what is not installed', async () => {
    const fake = host()
    fake.answers.set('rpcinfo', failure('rpcinfo', 1, 'no'))
    await expect(fake.run('rpcinfo', [])).rejects.toMatchObject({ code: 'command_failed', exitCode: 1 })
    expect(await fake.run('rpcinfo', [], { okExitCodes: [0, 1] })).toMatchObject({ exitCode: 1, stderr: 'no' })
    await expect(fake.run('showmount', [])).rejects.toMatchObject({ code: 'tool_missing' })
  })

  it('gives up at the deadline on what hangs', async () => {
    const fake = host()
    fake.answers.set('showmount', 'hang')
    fake.deadlineAt = performance.now() + 5
    await expect(fake.run('showmount', [])).rejects.toMatchObject({ code: 'timed_out' })
  })
})

it('leaves a dead mount behind when a daemon is killed', async () => {
  const fake = host()
  fake.fuseStorage = () => ({ storage: fakeStorage(), fsType: 'fuse.x', source: 'x' })
  const daemon = {
    unit: 'u',
    command: 'x',
    args: [],
    target: '/mnt/f',
    secretFiles: { f: new Secret('s') },
    network: { kind: 'none' as const },
  }
  await fake.fuse.start(daemon)
  await fake.fuse.start(daemon)
  expect(fake.mounts.list()).toHaveLength(2)
  fake.killDaemon('u')
  expect(await fake.fuse.isRunning('u')).toBe(false)
  expect(await fake.probe.list('/mnt/f')).toMatchObject({ state: 'failed', errno: 'ENOTCONN' })
  await fake.fuse.stop('u', '/mnt/f')
  expect(fake.mounts.list()).toHaveLength(1)
})

it('does not give up a scratch place that is still mounted', async () => {
  const fake = host()
  const scratch = await fake.scratch()
  await fake.mounts.mount({ ...REQUEST, target: scratch.path })
  await expect(scratch.done()).rejects.toMatchObject({ code: 'busy' })
  await fake.mounts.unmount(scratch.path)
  await scratch.done()
  expect(fake.scratches.size).toBe(0)
})
