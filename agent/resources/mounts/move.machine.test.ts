import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mountsAt } from '@/agent/host/mounting/mounts'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { envelope } from '@/testing/agent/mount-host'
import { setUpMounts } from '@/testing/agent/mounts-rig'

const rig = setUpMounts()

const to = (mount: WireMount, name: string): WireMount => ({ ...mount, mountPoint: join(rig.base, 'mnt', name) })
const shown = ({ mountId }: WireMount) => rig.host.manager.list().find((entry) => entry.mountId === mountId)
const places = () => readdirSync(join(rig.base, 'mnt')).sort()

/** A program with its working directory in a mount, until `free`. */
async function user(path: string) {
  const child = spawn('sh', ['-c', 'echo in; exec sleep 600'], { cwd: path })
  await once(child.stdout, 'data')
  return {
    pid: child.pid,
    async free() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

describe.each(['bind', 'fuse'] as const)('a mount that moves, %s', (kind) => {
  const make = (name: string) => (kind === 'bind' ? rig.bindMount(name) : rig.fuseMount(name))

  it('is at its new place alone, and the directory that we made at the old one is gone', async () => {
    const mount = make('a')
    await rig.apply(mount)
    const moved = to(mount, 'b')
    expect(await rig.apply(moved, { generation: 2 })).toMatchObject({
      ...{ state: 'mounted', mountPoint: moved.mountPoint, guard: 'immutable', generation: 2, error: null },
    })
    expect([mountsAt(mount.mountPoint).length, mountsAt(moved.mountPoint).length]).toEqual([0, 1])
    expect(places()).toEqual(['b'])
    expect(await rig.remove(mount.mountId, false, { generation: 3 })).toMatchObject({ removed: true })
    expect(places()).toEqual([])
  })

  it('stays as it was while a program uses it, and names that one; later it moves', async () => {
    const mount = make('a')
    await rig.apply(mount)
    const held = mountsAt(mount.mountPoint)
    const program = await user(mount.mountPoint)
    const moved = to(mount, 'b')
    await expect(rig.apply(moved, { generation: 5 })).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(String(program.pid)),
    })
    expect(mountsAt(mount.mountPoint)).toEqual(held)
    expect(places()).toEqual(['a'])
    expect(shown(mount)).toMatchObject({ state: 'mounted', mountPoint: mount.mountPoint, generation: 4 })
    expect(shown(mount)?.error?.message).toContain(String(program.pid))
    await program.free()
    expect(await rig.apply(moved, { generation: 5 })).toMatchObject({ state: 'mounted', generation: 5, error: null })
    expect(places()).toEqual(['b'])
  })

  it('that was refused goes back without being touched, and with it what was wrong', async () => {
    const mount = make('a')
    await rig.apply(mount)
    const held = mountsAt(mount.mountPoint)
    const program = await user(mount.mountPoint)
    await expect(rig.apply(to(mount, 'b'), { generation: 2 })).rejects.toMatchObject({ code: 'busy' })
    expect(await rig.apply(mount, { generation: 3 })).toMatchObject({ state: 'mounted', error: null, generation: 3 })
    expect(mountsAt(mount.mountPoint)).toEqual(held)
    await program.free()
  })

  it('that was refused can be removed, and abandoned while it is used', async () => {
    const mount = make('a')
    await rig.apply(mount)
    const program = await user(mount.mountPoint)
    await expect(rig.apply(to(mount, 'b'), { generation: 2 })).rejects.toMatchObject({ code: 'busy' })
    await expect(rig.remove(mount.mountId, false, { generation: 3 })).rejects.toMatchObject({ code: 'busy' })
    expect(mountsAt(mount.mountPoint)).toHaveLength(1)
    expect(await rig.remove(mount.mountId, true, { generation: 4 })).toMatchObject({
      removed: false,
      mount: { state: 'detached_dirty' },
    })
    expect(mountsAt(mount.mountPoint)).toEqual([])
    await program.free()
    expect(await rig.remove(mount.mountId, false, { generation: 5 })).toMatchObject({ removed: true })
    expect(places()).toEqual([])
  })
})

describe('a new place that cannot be used leaves the mount where it is', () => {
  const directory = (path: string, mode: number, file?: string) => {
    mkdirSync(path)
    chmodSync(path, mode)
    if (file !== undefined) writeFileSync(join(path, file), 'x')
  }
  it.each([
    ['is not empty', 'not empty', (path: string) => directory(path, 0o755, 'file')],
    ['is a symbolic link', 'symbolic link', (path: string) => symlinkSync('/srv', path)],
    ['is a file', 'plain directory', (path: string) => writeFileSync(path, 'x')],
    ['can be written by others', 'written by others', (path: string) => directory(path, 0o777)],
  ])('because it %s', async (_what, message, spoil) => {
    const mount = rig.bindMount('a')
    await rig.apply(mount)
    const held = mountsAt(mount.mountPoint)
    const moved = to(mount, 'b')
    spoil(moved.mountPoint)
    await expect(rig.apply(moved, { generation: 2 })).rejects.toThrow(message)
    expect(mountsAt(mount.mountPoint)).toEqual(held)
    expect(shown(mount)).toMatchObject({ state: 'mounted', mountPoint: mount.mountPoint, generation: 1 })
    // Also for the next agent.
    await rig.host.close()
    await rig.open()
    await rig.host.manager.settled
    expect(mountsAt(mount.mountPoint)).toEqual(held)
  })

  it('because the policy or another mount has it', async () => {
    const mount = rig.bindMount('a')
    await rig.apply(mount)
    await rig.apply(rig.bindMount('other'))
    const held = mountsAt(mount.mountPoint)
    const outside = { ...mount, mountPoint: join(rig.base, 'elsewhere') }
    await expect(rig.apply(outside, { generation: 2 })).rejects.toMatchObject({ code: 'policy_denied' })
    await expect(rig.apply(to(mount, 'other'), { generation: 3 })).rejects.toMatchObject({ code: 'conflict' })
    await expect(rig.apply(to(mount, 'other/in'), { generation: 4 })).rejects.toMatchObject({ code: 'conflict' })
    expect(mountsAt(mount.mountPoint)).toEqual(held)
    expect(shown(mount)).toMatchObject({ state: 'mounted', mountPoint: mount.mountPoint, generation: 1 })
  })
})

describe('a mount whose directory was renamed', () => {
  const data = () => join(rig.base, 'data')
  const away = () => join(rig.base, 'data2')
  const mounted = async () => {
    const mount = rig.bindMount('a')
    await rig.apply(mount)
    renameSync(data(), away())
    return { mount, held: mountsAt(mount.mountPoint).map(({ mountId }) => mountId) }
  }
  const idsAt = (mount: WireMount) => mountsAt(mount.mountPoint).map(({ mountId }) => mountId)

  it('stays known where it is when it is to move, also to the next agent, and moves when its directory is back', async () => {
    const { mount, held } = await mounted()
    const moved = to(mount, 'b')
    for (const generation of [2, 3]) {
      await expect(rig.apply(moved, { generation })).rejects.toMatchObject({ code: 'conflict' })
      expect(idsAt(mount)).toEqual(held)
      expect(shown(mount)).toMatchObject({ state: 'foreign', mountPoint: mount.mountPoint, generation: generation - 1 })
      await rig.host.close()
      await rig.open()
    }
    renameSync(away(), data())
    expect(await rig.apply(moved, { generation: 4 })).toMatchObject({ state: 'mounted', error: null })
    expect([idsAt(mount), places()]).toEqual([[], ['b']])
  })

  it('is not forgotten by a delete while it is there', async () => {
    const { mount, held } = await mounted()
    await expect(rig.remove(mount.mountId)).rejects.toMatchObject({ code: 'conflict' })
    expect(idsAt(mount)).toEqual(held)
    expect(shown(mount)).toMatchObject({ state: 'foreign', error: { code: 'conflict' } })
    execFileSync('umount', [mount.mountPoint])
    expect(await rig.remove(mount.mountId, false, { generation: 3 })).toMatchObject({ removed: true })
    expect(places()).toEqual([])
  })

  it('is let go of when it is abandoned, which says that it stays and how it goes', async () => {
    const { mount, held } = await mounted()
    const lines: string[] = []
    const command = envelope(mount.mountId, { generation: 2 })
    const request = { mountId: mount.mountId, abandon: true }
    const log = (line: string) => lines.push(line)
    expect(await rig.host.manager.remove(command, performance.now(), request, { log })).toMatchObject({ removed: true })
    expect(idsAt(mount)).toEqual(held)
    expect(lines.join()).toContain(
      `may be ours, renamed by somebody (unmount it on the host: umount ${mount.mountPoint})`,
    )
    execFileSync('umount', [mount.mountPoint])
  })
})

const AROUND = ['src/in', 'src', 'deep']
it.each(AROUND)('a mount of a directory that is sent to %s, in or around it, stays', async (name) => {
  const path = join(rig.base, 'mnt', name === 'deep' ? 'deep/src' : 'src')
  mkdirSync(path, { recursive: true })
  const backend = { ...rig.bindMount('a').backend, config: { path } }
  const mount = rig.bindMount('a', { backend })
  await rig.apply(mount)
  const held = mountsAt(mount.mountPoint)
  await expect(rig.apply(to(mount, name), { generation: 2 })).rejects.toThrow('cannot contain itself')
  expect(mountsAt(mount.mountPoint)).toEqual(held)
  expect(shown(mount)).toMatchObject({ state: 'mounted', mountPoint: mount.mountPoint, generation: 1 })
  expect(readdirSync(path)).toEqual([])
})

it('a mount moves into the directory where it was, and back out of it', async () => {
  const mount = rig.bindMount('a')
  await rig.apply(mount)
  const inner = to(mount, 'a/inner')
  expect(await rig.apply(inner, { generation: 2 })).toMatchObject({ state: 'mounted' })
  expect(places()).toEqual(['a'])
  expect(await rig.apply(mount, { generation: 3 })).toMatchObject({ state: 'mounted' })
  expect(mountsAt(inner.mountPoint)).toEqual([])
  expect(await rig.remove(mount.mountId, false, { generation: 4 })).toMatchObject({ removed: true })
})

it('a mount stays that is sent deeper into the directory where it is: it could not come back', async () => {
  const mount = rig.bindMount('a')
  await rig.apply(mount)
  const held = mountsAt(mount.mountPoint)
  await expect(rig.apply(to(mount, 'a/sub/deep'), { generation: 2 })).rejects.toThrow('more than one directory below')
  expect(mountsAt(mount.mountPoint)).toEqual(held)
  expect(shown(mount)).toMatchObject({ state: 'mounted', mountPoint: mount.mountPoint, generation: 1 })
})

it('an unmounted mount moves without being mounted, and its old directory is given back', async () => {
  const mount = rig.bindMount('a')
  mkdirSync(mount.mountPoint, { mode: 0o750 })
  chmodSync(mount.mountPoint, 0o750)
  await rig.apply(mount)
  await rig.apply({ ...mount, desiredState: 'unmounted' }, { generation: 2 })
  const moved = { ...to(mount, 'b'), desiredState: 'unmounted' as const }
  expect(await rig.apply(moved, { generation: 3 })).toMatchObject({ state: 'absent', mountPoint: moved.mountPoint })
  expect(statSync(mount.mountPoint).mode & 0o7777).toBe(0o750)
  expect(existsSync(moved.mountPoint)).toBe(false)
  expect(rig.host.journal.documents(MOUNT_DOCUMENTS).find(mount.mountId)?.previous).toBeNull()
})
