import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { mountsAt } from '@/agent/host/mounting/mounts'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import { envelope } from '@/testing/agent/mount-host'
import { outsideUnmount, quiet, setUpMounts } from '@/testing/agent/mounts-rig'
import { testId } from '@/testing/ids'

const rig = setUpMounts()

describe('commands', () => {
  it('mount, answer the same again, and remove without a trace', async () => {
    const mount = rig.bindMount('a')
    const first = envelope(mount.mountId)
    const observed = await rig.host.manager.apply(first, performance.now(), mount, quiet)
    expect(observed).toMatchObject({ state: 'mounted', guard: 'immutable', generation: 1, error: null })
    expect(observed.options).toMatch(/nosuid.*nodev/)
    expect(await rig.host.manager.apply(first, performance.now(), mount, quiet)).toEqual(observed)
    await expect(
      rig.host.manager.apply(first, performance.now(), { ...mount, readOnly: true }, quiet),
    ).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await rig.apply(mount)).toMatchObject({ state: 'mounted' })
    expect(mountsAt(mount.mountPoint)).toHaveLength(1)
    writeFileSync(join(mount.mountPoint, 'file'), 'x')
    expect(readFileSync(join(rig.base, 'data', 'file'), 'utf8')).toBe('x')
    expect(await rig.remove(mount.mountId)).toEqual({ removed: true, mount: null })
    expect(await rig.remove(mount.mountId)).toEqual({ removed: true, mount: null })
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(() => readFileSync(mount.mountPoint)).toThrow(/ENOENT/)
    expect(rig.host.journal.documents(MOUNT_DOCUMENTS).all()).toEqual([])
  })

  it('tell what was run and how it ended', async () => {
    const mount = rig.bindMount('a')
    const lines: string[] = []
    const log = { log: (line: string) => void lines.push(line.replace(/after .*/, 'after …')) }
    await rig.host.manager.apply(envelope(mount.mountId), performance.now(), mount, log)
    const gone = { ...mount, desiredState: 'unmounted' as const }
    await rig.host.manager.apply(envelope(mount.mountId, { generation: 2 }), performance.now(), gone, log)
    expect(lines).toEqual([
      `Mounting ${mount.mountPoint}.`,
      `$ mount -c --bind -- ${join(rig.base, 'data')} ${mount.mountPoint}`,
      'mount ended with 0 after …',
      `$ mount -c -o remount,bind,rw,nosuid,nodev -- ${mount.mountPoint}`,
      'mount ended with 0 after …',
      `Unmounting ${mount.mountPoint}.`,
      `$ umount -c -i -- ${mount.mountPoint}`,
      'umount ended with 0 after …',
    ])
  })

  it('refuse older generations, other fences, late and misdirected ones', async () => {
    const mount = rig.bindMount('a')
    await rig.apply(mount, { generation: 5, fence: 7 })
    await expect(rig.apply(mount, { generation: 4, fence: 7 })).rejects.toMatchObject({ code: 'stale' })
    await expect(rig.apply(mount, { generation: 6, fence: 6 })).rejects.toMatchObject({ code: 'stale' })
    const late = envelope(mount.mountId, { generation: 6, fence: 7, ttlMs: 10 })
    await expect(rig.host.manager.apply(late, performance.now() - 20, mount, quiet)).rejects.toMatchObject({
      code: 'stale',
    })
    await expect(
      rig.host.manager.apply(envelope(testId('mount', 'other')), performance.now(), mount, quiet),
    ).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  it('follow each other, and let a repeated one join', async () => {
    const mount = rig.fuseMount('a')
    const first = envelope(mount.mountId)
    const running = rig.host.manager.apply(first, performance.now(), mount, quiet)
    const joined = rig.host.manager.apply(first, performance.now(), mount, quiet)
    const second = rig.apply({ ...mount, desiredState: 'unmounted' }, { generation: 2 })
    expect(await joined).toEqual(await running)
    expect(await second).toMatchObject({ state: 'absent', generation: 2 })
    expect(mountsAt(mount.mountPoint)).toEqual([])
  })

  it('mount again with other settings, and follow a moved mountpoint', async () => {
    const mount = rig.bindMount('a')
    await rig.apply(mount)
    expect((await rig.apply({ ...mount, readOnly: true }, { generation: 2 })).options).toMatch(/\bro\b/)
    const moved = { ...mount, mountPoint: join(rig.base, 'mnt', 'b') }
    expect(await rig.apply(moved, { generation: 3 })).toMatchObject({ state: 'mounted', mountPoint: moved.mountPoint })
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(() => readFileSync(mount.mountPoint)).toThrow(/ENOENT/)
    expect(await rig.apply({ ...moved, desiredState: 'unmounted' }, { generation: 4 })).toMatchObject({
      state: 'absent',
      guard: 'immutable',
    })
    expect(() => writeFileSync(join(moved.mountPoint, 'x'), '')).toThrow(/EPERM/)
  })

  it('show options that somebody changed within 2 s, put them back, or take read-only over without mounting again', async () => {
    const mount = rig.bindMount('a')
    const fresh = await rig.apply(mount)
    const shown = () => rig.host.manager.list().find((entry) => entry.mountId === mount.mountId)?.options
    const remount = (flag: string) => execFileSync('mount', ['-o', `remount,bind,${flag}`, mount.mountPoint])
    const mountIds = () => mountsAt(mount.mountPoint).map((entry) => entry.mountId)
    remount('ro')
    await vi.waitFor(() => expect(shown()).toMatch(/^ro,/), { timeout: 2_000, interval: 10 })
    expect(rig.state(mount.mountId)).toBe('mounted')
    expect((await rig.apply(mount)).options).toBe(fresh.options)

    remount('ro')
    const before = mountIds()
    const adopted = await rig.apply({ ...mount, readOnly: true }, { generation: 2 })
    expect(adopted).toMatchObject({ state: 'mounted', options: expect.stringMatching(/^ro,/) })
    expect(mountIds()).toEqual(before)
    expect(await rig.apply(mount, { generation: 3 })).toMatchObject({ options: fresh.options })
  })

  it('leave foreign and stacked mounts alone', async () => {
    const mount = rig.bindMount('a')
    await rig.apply(mount)
    await rig.apply({ ...mount, desiredState: 'unmounted' })
    execFileSync('mount', ['-t', 'tmpfs', 'foreign', mount.mountPoint])
    await rig.until(mount.mountId, 'foreign', 3_000)
    await expect(rig.apply(mount, { generation: 2 })).rejects.toMatchObject({ code: 'conflict' })
    for (const [index, abandon] of [false, true].entries()) {
      const theirs = mountsAt(mount.mountPoint)
      expect(theirs).toHaveLength(1)
      expect(await rig.remove(mount.mountId, abandon, { generation: 3 + 2 * index })).toMatchObject({ removed: true })
      expect(mountsAt(mount.mountPoint)).toEqual(theirs)
      await expect(rig.apply(mount, { generation: 4 + 2 * index })).rejects.toMatchObject({ code: 'conflict' })
    }
    await outsideUnmount(mount)
    await rig.apply(mount, { generation: 7 })
    execFileSync('mount', ['--bind', rig.base, mount.mountPoint])
    await rig.until(mount.mountId, 'stacked', 3_000)
    await expect(rig.apply(mount, { generation: 8 })).rejects.toMatchObject({ code: 'conflict' })
    expect(mountsAt(mount.mountPoint)).toHaveLength(2)
    await outsideUnmount(mount)
  })

  it('refuse places outside the policy and inside other mounts', async () => {
    await rig.apply(rig.bindMount('a'))
    const inside = rig.bindMount('b', { mountPoint: join(rig.base, 'mnt', 'a', 'b') })
    await expect(rig.apply(inside)).rejects.toMatchObject({ code: 'conflict' })
    await expect(rig.apply(rig.bindMount('c', { mountPoint: '/srv/elsewhere' }))).rejects.toMatchObject({
      code: 'policy_denied',
    })
  })

  it('say busy with the holders, and abandon only when told', async () => {
    const mount = rig.bindMount('a')
    await rig.apply(mount)
    const holder = spawn('sleep', ['1000'], { cwd: mount.mountPoint })
    await vi.waitFor(() => expect(readFileSync(`/proc/${holder.pid}/comm`, 'utf8')).toBe('sleep\n'))
    await expect(rig.remove(mount.mountId)).rejects.toMatchObject({ code: 'busy' })
    expect(rig.state(mount.mountId)).toBe('mounted')
    expect(await rig.remove(mount.mountId, true, { generation: 3 })).toMatchObject({
      removed: false,
      mount: { state: 'detached_dirty' },
    })
    holder.kill()
    await once(holder, 'exit')
    expect(await rig.remove(mount.mountId, true, { generation: 4 })).toEqual({ removed: true, mount: null })
  })

  it('are uncertain, not failed, while a command that timed out is still there; until then nobody else may act', async () => {
    const storage = rig.fuseMount('storage')
    await rig.apply(storage)
    const daemon = await rig.daemonOf(storage.mountId)
    process.kill(daemon, 'SIGUSR1')
    const stuck = rig.stuckMount(storage.mountPoint)
    const first = envelope(stuck.mountId)
    const ask = () => rig.host.manager.apply(first, performance.now(), stuck, quiet)
    await expect(ask()).rejects.toMatchObject({ code: 'timed_out' })
    expect(rig.state(stuck.mountId)).toBe('uncertain')
    await expect(rig.apply(stuck, { generation: 2 })).rejects.toMatchObject({ code: 'operation_in_progress' })
    await expect(rig.remove(stuck.mountId)).rejects.toMatchObject({ code: 'operation_in_progress' })
    expect(rig.host.journal.unfinished().map((operation) => operation.operationId)).toEqual([first.operationId])
    process.kill(daemon, 'SIGUSR2')
    await rig.until(stuck.mountId, 'error', 5_000)
    expect(rig.host.journal.unfinished()).toEqual([])
    await expect(ask()).rejects.toMatchObject({ code: 'timed_out' })
    expect(await rig.remove(stuck.mountId)).toEqual({ removed: true, mount: null })
  })

  it('keep the secret out of argv, logs and the journal', async () => {
    const mount = rig.fuseMount('a')
    await rig.apply(mount)
    const seen = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout
    expect(seen).toContain(mount.mountPoint)
    expect(seen).not.toContain('canary-key')
    expect(rig.host.log.join('\n')).not.toContain('canary-key')
    expect(spawnSync('grep', ['-r', 'canary-key', join(rig.base, 'state')]).status).toBe(1)
    expect(JSON.stringify(rig.host.manager.list())).not.toContain('canary-key')
  })
})
