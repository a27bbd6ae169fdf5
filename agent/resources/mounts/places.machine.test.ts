import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { releaseMounts } from '@/agent/boot/release'
import { mountsAt } from '@/agent/host/mounting/mounts'
import { createSourceRule } from '@/agent/policy/source-rule'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'

let base: string
let host: MountHost
let said: string[]

beforeEach(async () => {
  base = makeBase('places', ['data', 'mnt', 'outside'])
  host = await openMountHost(base)
  said = []
})
afterEach(async () => {
  await host.close()
  removeBase(base)
})

let generation = 0
const log = (line: string) => void said.push(line)
const next = (mountId: string) => envelope(mountId, { generation: ++generation })
const apply = (mount: WireMount) => host.manager.apply(next(mount.mountId), performance.now(), mount, { log })
const remove = ({ mountId }: WireMount, abandon = false) =>
  host.manager.remove(next(mountId), performance.now(), { mountId, abandon }, { log })
const restart = async () => {
  await host.close()
  host = await openMountHost(base)
  await host.manager.settled
}

/** What an agent could change about a directory. */
function lookAt(path: string): unknown {
  const { ino, mode, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true })
  const flags = execFileSync('lsattr', ['-d', path], { encoding: 'utf8' })
  return { ino, mode, mtimeNs, ctimeNs, flags, mounts: mountsAt(path) }
}
const bindByHand = (path: string) => execFileSync('mount', ['--bind', join(base, 'data'), path])

describe('a directory that was there before', () => {
  it('is as it was after the mount on it has come and gone, over restarts', async () => {
    const mount = bindMount(base, 'theirs')
    mkdirSync(mount.mountPoint)
    chmodSync(mount.mountPoint, 0o750)
    const flags = () => execFileSync('lsattr', ['-d', mount.mountPoint], { encoding: 'utf8' })
    const before = flags()
    await apply(mount)
    await restart()
    expect((await apply({ ...mount, desiredState: 'unmounted' })).guard).toBe('immutable')
    expect(flags()).not.toBe(before)
    await restart()
    await remove(mount)
    expect([statSync(mount.mountPoint).mode & 0o7777, flags()]).toEqual([0o750, before])
    expect(said.join()).toContain('was there before')
  })

  it('is given back when the mount moves away', async () => {
    const mount = bindMount(base, 'theirs')
    mkdirSync(mount.mountPoint, { mode: 0o755 })
    await apply(mount)
    await apply({ ...mount, mountPoint: join(base, 'mnt/elsewhere') })
    expect(statSync(mount.mountPoint).mode & 0o7777).toBe(0o755)
  })

  it('under a mount that was taken over is given back too', async () => {
    const mount = bindMount(base, 'theirs', { adopt: true })
    mkdirSync(mount.mountPoint, { mode: 0o755 })
    bindByHand(mount.mountPoint)
    await apply(mount)
    await remove(mount)
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(statSync(mount.mountPoint).mode & 0o7777).toBe(0o755)
  })

  it('is left alone by a mount that was never to be mounted', async () => {
    const mount = bindMount(base, 'theirs', { desiredState: 'unmounted' })
    mkdirSync(mount.mountPoint)
    const before = lookAt(mount.mountPoint)
    expect((await apply(mount)).guard).toBe('unknown')
    await restart()
    await remove(mount)
    expect(lookAt(mount.mountPoint)).toEqual(before)
  })
})

it('a directory that we made goes with the mount, and one that took its place does not', async () => {
  const mount = bindMount(base, 'ours')
  await apply(mount)
  await apply({ ...mount, desiredState: 'unmounted' })
  execFileSync('chattr', ['-i', mount.mountPoint])
  execFileSync('rmdir', [mount.mountPoint])
  mkdirSync(mount.mountPoint)
  const before = lookAt(mount.mountPoint)
  await remove(mount)
  expect(lookAt(mount.mountPoint)).toEqual(before)
  expect(said.join()).toContain('is not the one that was mounted on')
})

describe('documents in the journal that nobody ever carried out, for a place that the policy does not allow', () => {
  const outside = () => join(base, 'outside/place')
  const document = (more: Partial<WireMount> = {}) => bindMount(base, 'a', { mountPoint: outside(), ...more })

  it.each([
    ['an empty directory', false, 'unmounted'],
    ['a mount that looks like ours', true, 'unmounted'],
    ['a mount that looks like ours and is wanted', true, 'mounted'],
  ] as const)(
    '%s is left as it is: at start, by a new wish, when removed or abandoned, at shutdown',
    async (_what, isBound, desiredState) => {
      mkdirSync(outside())
      if (isBound) bindByHand(outside())
      const before = lookAt(outside())
      host.journal.documents(MOUNT_DOCUMENTS).want(document({ desiredState }), 1)
      await restart()
      generation = 10
      expect(host.manager.list().map((mount) => mount.mountPoint)).toEqual([outside()])
      host.manager.list()
      expect(lookAt(outside())).toEqual(before)
      // It is on the list already, so the wish is taken over; there is nothing of ours to be unmounted.
      await apply(document({ desiredState: 'unmounted' }))
      expect(said.join()).toContain('is left as it is')
      const other = bindMount(base, 'b', { mountPoint: join(base, 'outside/b'), desiredState: 'unmounted' })
      await expect(apply(other)).rejects.toMatchObject({ code: 'policy_denied' })
      expect(lookAt(outside())).toEqual(before)
      await expect(apply(document({ adopt: true }))).rejects.toMatchObject({ code: 'policy_denied' })
      expect(lookAt(outside())).toEqual(before)
      const target = { mountId: document().mountId, path: outside(), readOnly: false }
      const limits = { deadlineAt: performance.now() + 5_000, uploadsUntil: 0, say: () => undefined }
      for (const hungOnly of [true, false]) {
        const outcome = await releaseMounts(host.machine, [{ target, opened: null }], { hungOnly, ...limits })
        expect([...outcome.values()]).toEqual(['kept'])
      }
      expect(await remove(document(), true)).toMatchObject({ removed: true })
      expect(lookAt(outside())).toEqual(before)
      expect(host.journal.documents(MOUNT_DOCUMENTS).all()).toEqual([])
    },
  )

  it('a place before the last move is left as it is, and the move goes on', async () => {
    mkdirSync(outside())
    bindByHand(outside())
    const before = lookAt(outside())
    // As an entry copied from another host would look.
    host.journal.documents(MOUNT_DOCUMENTS).want(document(), 1)
    host.journal.documents(MOUNT_DOCUMENTS).markApplied(document().mountId, { appliedHash: 'as if' })
    const moved = bindMount(base, 'a')
    host.journal.documents(MOUNT_DOCUMENTS).want(moved, 2)
    await restart()
    generation = 10
    expect((await apply(moved)).state).toBe('mounted')
    expect(lookAt(outside())).toEqual(before)
    expect(host.log.join()).toContain('is left as it is')
  })
})

it('a mount is not taken down for one that the policy does not let come', async () => {
  const mount = bindMount(base, 'a')
  await apply(mount)
  const held = mountsAt(mount.mountPoint)
  expect(held).toHaveLength(1)
  // A command that was cut off is finished by the next agent, which has another policy by then.
  const cutOff = { kind: 'applyMount' as const, envelope: envelope(mount.mountId, { generation: 50 }), args: {} }
  host.journal.begin(cutOff, (journal) => journal.documents(MOUNT_DOCUMENTS).want({ ...mount, readOnly: true }, 50))
  await host.close()
  host = await openMountHost(base, join(base, 'elsewhere'))
  await host.manager.settled
  expect(host.journal.unfinished()).toEqual([])
  expect(mountsAt(mount.mountPoint)).toEqual(held)
  generation = 60
  await expect(apply({ ...mount, readOnly: true })).rejects.toMatchObject({ code: 'policy_denied' })
  expect(mountsAt(mount.mountPoint)).toEqual(held)
  expect(await remove(mount)).toEqual({ removed: true, mount: null })
  expect(existsSync(mount.mountPoint)).toBe(false)
})

describe('the door of a driver', () => {
  const door = () =>
    host.machine.open({
      operationId: 'test',
      deadlineAt: performance.now() + 10_000,
      signal: new AbortController().signal,
    }).host
  const outside = () => join(base, 'outside')

  it('ends at the policy for every verb that takes a place', async () => {
    bindByHand(outside())
    const before = lookAt(outside())
    const request = { kind: 'bind' as const, source: join(base, 'data'), options: [], readOnly: false }
    const daemon = {
      unit: 'holdfast-x',
      command: 'node',
      args: [],
      secretFiles: {},
      network: { kind: 'none' } as const,
    }
    const denied = { code: 'policy_denied' }
    await expect(door().mounts.mount({ ...request, target: outside() })).rejects.toMatchObject(denied)
    await expect(door().mounts.unmount(outside())).rejects.toMatchObject(denied)
    await expect(door().fuse.start({ ...daemon, target: outside() })).rejects.toMatchObject(denied)
    await expect(door().run('umount', ['-c', '--', outside()])).rejects.toMatchObject(denied)
    await expect(door().run('mount', ['-c', '-o', 'remount,ro', '--', outside()])).rejects.toMatchObject(denied)
    await door().fuse.stop('holdfast-x', outside())
    expect(lookAt(outside())).toEqual(before)
    await door().mounts.unmount(join(base, 'outside/nothing'))
  })

  it('ends at the rule for directories of the host, before anything is looked at', async () => {
    await host.close()
    const sources = createSourceRule({ roots: [join(base, 'data')], denied: [], own: [], file: 'agent.json' })
    host = await openMountHost(base, join(base, 'mnt'), sources)
    const denied = { code: 'policy_denied', message: expect.stringContaining('sourceRoots in agent.json') }
    const target = join(base, 'mnt/a')
    const request = { kind: 'bind' as const, source: outside(), target, options: [], readOnly: false }
    const own = { command: 'node', args: [], secretFiles: {}, network: { kind: 'none' } as const }
    const daemon = { unit: 'holdfast-x', target, ...own }
    await expect(door().mounts.mount(request)).rejects.toMatchObject(denied)
    await expect(door().probe.stat(join(base, 'outside/secret'))).rejects.toMatchObject(denied)
    await expect(door().fuse.start({ ...daemon, dataDirectory: outside() })).rejects.toMatchObject(denied)
    expect(mountsAt(target)).toEqual([])
    await door().mounts.mount({ ...request, source: join(base, 'data') })
    await door().mounts.unmount(target)
  })

  it('is open for a scratch place, which leaves nothing behind', async () => {
    const scratch = await door().scratch()
    expect(existsSync(scratch.path)).toBe(true)
    await scratch.done()
    expect(existsSync(scratch.path)).toBe(false)
    expect(host.journal.places.find(scratch.path)).toBeNull()
  })
})
