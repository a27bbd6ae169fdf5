import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { mountsAt } from '@/agent/host/mounting/mounts'
import type { ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { outsideUnmount, setUpMounts } from '@/testing/agent/mounts-rig'
import { testId } from '@/testing/ids'
import { makeSmallDisk } from '@/testing/small-disk'

const rig = setUpMounts()
const figure = (text: string) => process.stdout.write(`${text}\n`)

const run = (command: string, ...args: string[]) => execFileSync(command, args, { encoding: 'utf8' })

/** What `df` says of a place, in bytes and inodes. */
function dfOf(path: string) {
  const fields = '--output=size,used,avail,itotal,iused'
  const line = run('df', '-B1', fields, path).trim().split('\n').at(-1) ?? ''
  const [totalBytes = 0, usedBytes = 0, availableBytes = 0, total = 0, used = 0] = line.trim().split(/\s+/).map(Number)
  return { totalBytes, usedBytes, availableBytes, inodes: { total, used } }
}

function sizesAt(path: string) {
  const [blockSize = 0, fragmentSize = 0] = run('stat', '-f', '-c', '%s %S', path).split(' ').map(Number)
  return { blockSize, fragmentSize }
}

describe('observation', () => {
  it('shows an outside unmount at once and respects it', async () => {
    const mount = rig.bindMount('a')
    await rig.apply(mount)
    const changes: ObservedMount[] = []
    rig.host.manager.subscribe((changed) => changes.push(...changed))
    await outsideUnmount(mount)
    figure(`an outside unmount was seen after ${await rig.until(mount.mountId, 'absent', 2_000)} ms`)
    expect(changes.at(-1)).toMatchObject({
      state: 'absent',
      desiredState: 'mounted',
      error: { problem: 'mount.taken_away' },
    })
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(await rig.apply(mount, { generation: 2 })).toMatchObject({ state: 'mounted', error: null })
  })

  it('respects the outside unmount of a FUSE mount, whose daemon then ends', async () => {
    const mount = rig.fuseMount('a')
    const other = rig.fuseMount('b')
    await rig.apply(mount)
    await rig.apply(other)
    const daemon = await rig.daemonOf(mount.mountId)
    const shown = new Set<string>()
    rig.host.manager.subscribe((changed) => {
      for (const change of changed) if (change.mountId === mount.mountId) shown.add(change.state)
    })
    await outsideUnmount(mount)
    await rig.until(mount.mountId, 'absent', 2_000)
    await vi.waitFor(() => expect(() => process.kill(daemon, 0)).toThrow(/ESRCH/), { timeout: 5_000 })
    // A daemon that dies after it has been noticed and repaired: then the end of the first one was looked at as well.
    process.kill(await rig.daemonOf(other.mountId), 'SIGKILL')
    await vi.waitFor(() => expect(rig.host.log.join('')).toContain('a mount is back'), { timeout: 15_000 })
    expect([...shown]).toEqual(['absent'])
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(await rig.remove(mount.mountId)).toEqual({ removed: true, mount: null })
    expect(existsSync(rig.host.machine.fuse.paths(`holdfast-${mount.mountId}`).directory)).toBe(false)
  })

  it('reads capacity as df does, with its age, also where a block is no fragment', async () => {
    const mount = rig.fuseMount('a')
    await rig.apply(mount)
    await vi.waitFor(() => expect(rig.usage(mount.mountId)).not.toBeNull(), { timeout: 5_000 })
    const { blockSize, fragmentSize } = sizesAt(mount.mountPoint)
    expect(blockSize).toBeGreaterThan(fragmentSize)
    expect(rig.usage(mount.mountId)).toEqual({ ...dfOf(mount.mountPoint), fileCount: null })
    expect(rig.host.manager.list()[0]?.usageAt).not.toBeNull()
    // A command has it measured again; the mount stays, so that something is known of the time between.
    await rig.apply(mount, { generation: 2 })
    await vi.waitFor(() => expect(rig.usage(mount.mountId)?.activity).toBeDefined(), { timeout: 10_000 })
    const activity = rig.usage(mount.mountId)?.activity
    expect(activity).toMatchObject({ io: null, latencyMs: { mean: expect.any(Number) } })
    expect(activity?.latencyMs?.mean).toBeGreaterThan(0)
    expect(activity?.latencyMs?.most).toBeGreaterThanOrEqual(activity?.latencyMs?.mean ?? Number.POSITIVE_INFINITY)
  })

  it('counts files only where the file system is the storage, and not one folder of it', async () => {
    const disk = makeSmallDisk(1_024)
    onTestFinished(() => disk.remove())
    const folder = join(disk.path, 'folder')
    mkdirSync(folder)
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), name)
    const [whole, part] = [disk.path, folder].map((path, at) => {
      const backend = { id: testId('backend', `${at}`), driver: 'local-dir', config: { path }, secrets: {} }
      return rig.bindMount(`local${at}`, { backend })
    }) as [WireMount, WireMount]
    for (const mount of [whole, part]) {
      await rig.apply(mount)
      await vi.waitFor(() => expect(rig.usage(mount.mountId)).not.toBeNull(), { timeout: 5_000 })
    }
    const inodes = dfOf(whole.mountPoint).inodes
    // The root, the folder and what is in it.
    expect(inodes).toEqual({ total: 4_096, used: 5 })
    expect(rig.usage(whole.mountId)).toMatchObject({ fileCount: 5, inodes })
    expect(rig.usage(part.mountId)).toMatchObject({ fileCount: null, inodes })
    await rig.remove(whole.mountId)
    await rig.remove(part.mountId)
  })

  it('knows hung storage within 10 s, heals within 15 s, and disturbs nothing else', async () => {
    const hung = rig.fuseMount('hung')
    const fine = rig.bindMount('fine')
    await rig.apply(hung)
    await rig.apply(fine)
    await rig.until(hung.mountId, 'mounted', 5_000)
    const daemon = await rig.daemonOf(hung.mountId)
    process.kill(daemon, 'SIGUSR1')
    figure(`hung storage was known after ${await rig.until(hung.mountId, 'hung', 10_000)} ms`)
    const startedAt = performance.now()
    await rig.apply({ ...fine, readOnly: true }, { generation: 2 })
    figure(`a remount beside it took ${Math.round(performance.now() - startedAt)} ms`)
    expect(rig.state(fine.mountId)).toBe('mounted')
    process.kill(daemon, 'SIGUSR2')
    figure(`its answer was known after ${await rig.until(hung.mountId, 'mounted', 15_000)} ms`)
  })

  it('gets hung storage off the host when asked', async () => {
    const mount = rig.fuseMount('a')
    await rig.apply(mount)
    process.kill(await rig.daemonOf(mount.mountId), 'SIGUSR1')
    await rig.until(mount.mountId, 'hung', 10_000)
    expect(await rig.remove(mount.mountId)).toEqual({ removed: true, mount: null })
    expect(mountsAt(mount.mountPoint)).toEqual([])
  })

  it('heals a killed FUSE daemon', async () => {
    const mount = rig.fuseMount('a')
    await rig.apply(mount)
    const shown: { state: string; afterMs: number }[] = []
    const killedAt = performance.now()
    rig.host.manager.subscribe(([changed]) => {
      shown.push({ state: changed?.state ?? '', afterMs: Math.round(performance.now() - killedAt) })
    })
    process.kill(await rig.daemonOf(mount.mountId), 'SIGKILL')
    await vi.waitFor(() => expect(shown.map((change) => change.state)).toContain('corrupted'), {
      timeout: 5_000,
      interval: 5,
    })
    await vi.waitFor(() => expect(shown.at(-1)?.state).toBe('mounted'), { timeout: 15_000 })
    const dead = shown.find((change) => change.state === 'corrupted')
    figure(`a dead FUSE daemon was shown after ${dead?.afterMs} ms and healed after ${shown.at(-1)?.afterMs} ms`)
    expect(mountsAt(mount.mountPoint)).toHaveLength(1)
    expect(rig.host.log.join('')).toContain('a mount is back')
    expect(await rig.host.machine.prober.writeReadDelete(mount.mountPoint)).toMatchObject({ state: 'ok' })
  })

  it('heals storage that answers with I/O errors, whoever kills its supervisor', async () => {
    const mount = rig.fuseMount('a')
    await rig.apply(mount)
    const directory = rig.host.machine.fuse.paths(`holdfast-${mount.mountId}`).directory
    const { supervisor, daemon } = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8'))
    process.kill(supervisor.pid, 'SIGKILL')
    process.kill(daemon.pid, 'SIGKILL')
    await vi.waitFor(() => expect(rig.state(mount.mountId)).not.toBe('mounted'), { timeout: 5_000 })
    await rig.until(mount.mountId, 'mounted', 20_000)
    expect(await rig.daemonOf(mount.mountId)).not.toBe(daemon.pid)
    process.kill(await rig.daemonOf(mount.mountId), 'SIGHUP')
    await vi.waitFor(() => expect(rig.state(mount.mountId)).not.toBe('mounted'), { timeout: 10_000 })
    await rig.until(mount.mountId, 'mounted', 25_000)
    expect(mountsAt(mount.mountPoint)).toHaveLength(1)
  })
})
