import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { mountsAt } from '@/agent/host/mounting/mounts'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'

let base: string
let host: MountHost

beforeEach(async () => {
  base = makeBase('moved', ['data', 'new', 'mnt'])
  host = await openMountHost(base)
})
afterEach(async () => {
  await host.close()
  removeBase(base)
})

const apply = (mount: WireMount, generation: number) =>
  host.manager.apply(envelope(mount.mountId, { generation }), performance.now(), mount, { log: () => undefined })
const shown = () => host.manager.list()[0]

function moved(mount: WireMount): WireMount {
  const { backend } = mount
  return { ...mount, backend: { ...backend, config: { ...backend.config, path: join(base, 'new') } } }
}

async function showsNew(mount: WireMount): Promise<void> {
  writeFileSync(join(mount.mountPoint, 'file'), 'x')
  expect(existsSync(join(base, 'new', 'file'))).toBe(true)
  expect(mountsAt(mount.mountPoint)).toHaveLength(1)
}

it('replaces what is mounted from the old place', async () => {
  const mount = bindMount(base, 'a')
  await apply(mount, 1)
  expect(await apply(moved(mount), 2)).toMatchObject({ state: 'mounted', error: null })
  await showsNew(mount)
})

it('knows the old one as its own while that is in use, also after a restart', async () => {
  const mount = bindMount(base, 'a')
  await apply(mount, 1)
  const holder = spawn('sleep', ['1000'], { cwd: mount.mountPoint })
  await vi.waitFor(() => expect(readFileSync(`/proc/${holder.pid}/comm`, 'utf8')).toBe('sleep\n'))
  await expect(apply(moved(mount), 2)).rejects.toMatchObject({ code: 'busy' })
  expect(shown()).toMatchObject({ state: 'mounted', error: { code: 'busy' } })
  await host.close()
  host = await openMountHost(base)
  await host.manager.settled
  expect(shown()).toMatchObject({ state: 'mounted' })
  holder.kill()
  await once(holder, 'exit')
  expect(await apply(moved(mount), 3)).toMatchObject({ state: 'mounted', error: null })
  await showsNew(mount)
})

it('takes the old one down when nothing is wanted there any more', async () => {
  const mount = bindMount(base, 'a')
  await apply(mount, 1)
  expect(await apply({ ...moved(mount), desiredState: 'unmounted' }, 2)).toMatchObject({ state: 'absent' })
  expect(mountsAt(mount.mountPoint)).toEqual([])
})

it('is done with the old place once it was replaced', async () => {
  const mount = bindMount(base, 'a')
  await apply(mount, 1)
  await apply(moved(mount), 2)
  await apply({ ...moved(mount), desiredState: 'unmounted' }, 3)
  execFileSync('mount', ['--bind', join(base, 'data'), mount.mountPoint])
  await vi.waitFor(() => expect(shown()).toMatchObject({ state: 'foreign' }))
  await expect(apply(moved(mount), 4)).rejects.toMatchObject({ code: 'conflict' })
})
