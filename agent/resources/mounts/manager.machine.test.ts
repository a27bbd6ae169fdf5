import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mountsAt } from '@/agent/host/mounting/mounts'
import type { Command } from '@/agent/journal/journal'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { bindMount, envelope, type MountHost, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'

let base: string
let host: MountHost

beforeEach(async () => {
  base = mkdtempSync('/srv/holdfast-manager-')
  chmodSync(base, 0o755)
  mkdirSync(join(base, 'data'))
  mkdirSync(join(base, 'mnt'))
  host = await openMountHost(base)
})

afterEach(async () => {
  for (const mount of host.manager.list()) {
    const request = { mountId: mount.mountId, abandon: true }
    await host.manager
      .remove(envelope(mount.mountId, { generation: 1000 }), performance.now(), request, quiet)
      .catch(() => undefined)
  }
  await host.close()
  removeBase(base)
})

const quiet = { log: () => undefined }
const apply = (mount: WireMount, more = {}) =>
  host.manager.apply(envelope(mount.mountId, more), performance.now(), mount, quiet)
const remove = (mountId: string, abandon = false, more = {}) =>
  host.manager.remove(envelope(mountId, { generation: 2, ...more }), performance.now(), { mountId, abandon }, quiet)
const state = (mountId: string) => host.manager.list().find((mount) => mount.mountId === mountId)?.state

function fuseMount(name: string, more: Partial<WireMount> = {}): WireMount {
  const config = { source: 'storage', program: HANG_FS }
  return bindMount(base, name, {
    backend: { id: testId('backend', '2'), driver: 'hang-fs', config, secrets: { key: 'canary-key' } },
    ...more,
  })
}

/** By somebody at the shell, who tries again while a probe of ours is looking. */
function outsideUnmount(mount: WireMount): Promise<unknown> {
  return vi.waitFor(() => execFileSync('umount', [mount.mountPoint], { stdio: 'ignore' }), { timeout: 5_000 })
}

/** The process that serves a mount of the misbehaving type. */
async function daemonOf(mountId: string): Promise<number> {
  const directory = host.machine.fuse.paths(`holdfast-${mountId}`).directory
  return JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')).daemon.pid
}

async function until(mountId: string, wanted: ObservedMount['state'], timeout: number): Promise<number> {
  const startedAt = performance.now()
  await vi.waitFor(() => expect(state(mountId)).toBe(wanted), { timeout, interval: 10 })
  return Math.round(performance.now() - startedAt)
}

const figure = (text: string) => process.stdout.write(`${text}\n`)

describe('commands', () => {
  it('mount, answer the same again, and remove without a trace', async () => {
    const mount = bindMount(base, 'a')
    const first = envelope(mount.mountId)
    const observed = await host.manager.apply(first, performance.now(), mount, quiet)
    expect(observed).toMatchObject({ state: 'mounted', guard: 'immutable', generation: 1, error: null })
    expect(observed.options).toMatch(/nosuid.*nodev/)
    expect(await host.manager.apply(first, performance.now(), mount, quiet)).toEqual(observed)
    await expect(
      host.manager.apply(first, performance.now(), { ...mount, readOnly: true }, quiet),
    ).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await apply(mount)).toMatchObject({ state: 'mounted' })
    expect(mountsAt(mount.mountPoint)).toHaveLength(1)
    writeFileSync(join(mount.mountPoint, 'file'), 'x')
    expect(readFileSync(join(base, 'data', 'file'), 'utf8')).toBe('x')
    expect(await remove(mount.mountId)).toEqual({ removed: true, mount: null })
    expect(await remove(mount.mountId)).toEqual({ removed: true, mount: null })
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(() => readFileSync(mount.mountPoint)).toThrow(/ENOENT/)
    expect(host.journal.documents(MOUNT_DOCUMENTS).all()).toEqual([])
  })

  it('refuse older generations, other fences, late and misdirected ones', async () => {
    const mount = bindMount(base, 'a')
    await apply(mount, { generation: 5, fence: 7 })
    await expect(apply(mount, { generation: 4, fence: 7 })).rejects.toMatchObject({ code: 'stale' })
    await expect(apply(mount, { generation: 6, fence: 6 })).rejects.toMatchObject({ code: 'stale' })
    const late = envelope(mount.mountId, { generation: 6, fence: 7, ttlMs: 10 })
    await expect(host.manager.apply(late, performance.now() - 20, mount, quiet)).rejects.toMatchObject({
      code: 'stale',
    })
    await expect(
      host.manager.apply(envelope(testId('mount', 'other')), performance.now(), mount, quiet),
    ).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  it('follow each other, and let a repeated one join', async () => {
    const mount = fuseMount('a')
    const first = envelope(mount.mountId)
    const running = host.manager.apply(first, performance.now(), mount, quiet)
    const joined = host.manager.apply(first, performance.now(), mount, quiet)
    const second = apply({ ...mount, desiredState: 'unmounted' }, { generation: 2 })
    expect(await joined).toEqual(await running)
    expect(await second).toMatchObject({ state: 'absent', generation: 2 })
    expect(mountsAt(mount.mountPoint)).toEqual([])
  })

  it('mount again with other settings, and follow a moved mountpoint', async () => {
    const mount = bindMount(base, 'a')
    await apply(mount)
    expect((await apply({ ...mount, readOnly: true }, { generation: 2 })).options).toMatch(/\bro\b/)
    const moved = { ...mount, mountPoint: join(base, 'mnt', 'b') }
    expect(await apply(moved, { generation: 3 })).toMatchObject({ state: 'mounted', mountPoint: moved.mountPoint })
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(() => readFileSync(mount.mountPoint)).toThrow(/ENOENT/)
    expect(await apply({ ...moved, desiredState: 'unmounted' }, { generation: 4 })).toMatchObject({
      state: 'absent',
      guard: 'immutable',
    })
    expect(() => writeFileSync(join(moved.mountPoint, 'x'), '')).toThrow(/EPERM/)
  })

  it('show options that somebody changed within 2 s, put them back, or take read-only over without mounting again', async () => {
    const mount = bindMount(base, 'a')
    const fresh = await apply(mount)
    const shown = () => host.manager.list().find((entry) => entry.mountId === mount.mountId)?.options
    const remount = (flag: string) => execFileSync('mount', ['-o', `remount,bind,${flag}`, mount.mountPoint])
    const mountIds = () => mountsAt(mount.mountPoint).map((entry) => entry.mountId)
    remount('ro')
    await vi.waitFor(() => expect(shown()).toMatch(/^ro,/), { timeout: 2_000, interval: 10 })
    expect(state(mount.mountId)).toBe('mounted')
    expect((await apply(mount)).options).toBe(fresh.options)

    remount('ro')
    const before = mountIds()
    const adopted = await apply({ ...mount, readOnly: true }, { generation: 2 })
    expect(adopted).toMatchObject({ state: 'mounted', options: expect.stringMatching(/^ro,/) })
    expect(mountIds()).toEqual(before)
    expect(await apply(mount, { generation: 3 })).toMatchObject({ options: fresh.options })
  })

  it('leave foreign and stacked mounts alone', async () => {
    const mount = bindMount(base, 'a')
    await apply(mount)
    await apply({ ...mount, desiredState: 'unmounted' })
    execFileSync('mount', ['-t', 'tmpfs', 'foreign', mount.mountPoint])
    await until(mount.mountId, 'foreign', 3_000)
    await expect(apply(mount, { generation: 2 })).rejects.toMatchObject({ code: 'conflict' })
    await expect(remove(mount.mountId, false, { generation: 3 })).rejects.toMatchObject({ code: 'conflict' })
    await expect(remove(mount.mountId, true, { generation: 3 })).rejects.toMatchObject({ code: 'conflict' })
    expect(mountsAt(mount.mountPoint)).toHaveLength(1)
    await outsideUnmount(mount)
    await apply(mount, { generation: 4 })
    execFileSync('mount', ['--bind', base, mount.mountPoint])
    await until(mount.mountId, 'stacked', 3_000)
    await expect(apply(mount, { generation: 5 })).rejects.toMatchObject({ code: 'conflict' })
    expect(mountsAt(mount.mountPoint)).toHaveLength(2)
    await outsideUnmount(mount)
  })

  it('refuse places outside the policy and inside other mounts', async () => {
    await apply(bindMount(base, 'a'))
    const inside = bindMount(base, 'b', { mountPoint: join(base, 'mnt', 'a', 'b') })
    await expect(apply(inside)).rejects.toMatchObject({ code: 'conflict' })
    await expect(apply(bindMount(base, 'c', { mountPoint: '/srv/elsewhere' }))).rejects.toMatchObject({
      code: 'policy_denied',
    })
  })

  it('say busy with the holders, and abandon only when told', async () => {
    const mount = bindMount(base, 'a')
    await apply(mount)
    const holder = spawn('sleep', ['1000'], { cwd: mount.mountPoint })
    await vi.waitFor(() => expect(readFileSync(`/proc/${holder.pid}/comm`, 'utf8')).toBe('sleep\n'))
    await expect(remove(mount.mountId)).rejects.toMatchObject({ code: 'busy' })
    expect(state(mount.mountId)).toBe('mounted')
    expect(await remove(mount.mountId, true, { generation: 3 })).toMatchObject({
      removed: false,
      mount: { state: 'detached_dirty' },
    })
    holder.kill()
    await once(holder, 'exit')
    expect(await remove(mount.mountId, true, { generation: 4 })).toEqual({ removed: true, mount: null })
  })

  it('are uncertain, not failed, while a command that timed out is still there; until then nobody else may act', async () => {
    const storage = fuseMount('storage')
    await apply(storage)
    const daemon = await daemonOf(storage.mountId)
    process.kill(daemon, 'SIGUSR1')
    const stuck = bindMount(base, 'stuck', {
      backend: {
        id: testId('backend', '3'),
        driver: 'stuck-command',
        config: { path: storage.mountPoint },
        secrets: {},
      },
    })
    const first = envelope(stuck.mountId)
    const ask = () => host.manager.apply(first, performance.now(), stuck, quiet)
    await expect(ask()).rejects.toMatchObject({ code: 'timed_out' })
    expect(state(stuck.mountId)).toBe('uncertain')
    await expect(apply(stuck, { generation: 2 })).rejects.toMatchObject({ code: 'operation_in_progress' })
    await expect(remove(stuck.mountId)).rejects.toMatchObject({ code: 'operation_in_progress' })
    expect(host.journal.unfinished().map((operation) => operation.operationId)).toEqual([first.operationId])
    process.kill(daemon, 'SIGUSR2')
    await until(stuck.mountId, 'error', 5_000)
    expect(host.journal.unfinished()).toEqual([])
    await expect(ask()).rejects.toMatchObject({ code: 'timed_out' })
    expect(await remove(stuck.mountId)).toEqual({ removed: true, mount: null })
  })

  it('keep the secret out of argv, logs and the journal', async () => {
    const mount = fuseMount('a')
    await apply(mount)
    const seen = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout
    expect(seen).toContain(mount.mountPoint)
    expect(seen).not.toContain('canary-key')
    expect(host.log.join('\n')).not.toContain('canary-key')
    expect(spawnSync('grep', ['-r', 'canary-key', join(base, 'state')]).status).toBe(1)
    expect(JSON.stringify(host.manager.list())).not.toContain('canary-key')
  })
})

describe('observation', () => {
  it('shows an outside unmount at once and respects it', async () => {
    const mount = bindMount(base, 'a')
    await apply(mount)
    const changes: ObservedMount[] = []
    host.manager.subscribe((changed) => changes.push(...changed))
    await outsideUnmount(mount)
    figure(`an outside unmount was seen after ${await until(mount.mountId, 'absent', 2_000)} ms`)
    expect(changes.at(-1)).toMatchObject({
      state: 'absent',
      desiredState: 'mounted',
      error: { problem: 'mount.taken_away' },
    })
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(await apply(mount, { generation: 2 })).toMatchObject({ state: 'mounted', error: null })
  })

  it('respects the outside unmount of a FUSE mount, whose daemon then ends', async () => {
    const mount = fuseMount('a')
    const other = fuseMount('b')
    await apply(mount)
    await apply(other)
    const daemon = await daemonOf(mount.mountId)
    const shown = new Set<string>()
    host.manager.subscribe((changed) => {
      for (const change of changed) if (change.mountId === mount.mountId) shown.add(change.state)
    })
    await outsideUnmount(mount)
    await until(mount.mountId, 'absent', 2_000)
    await vi.waitFor(() => expect(() => process.kill(daemon, 0)).toThrow(/ESRCH/), { timeout: 5_000 })
    // A daemon that dies after it has been noticed and repaired: then the end of the first one was looked at as well.
    process.kill(await daemonOf(other.mountId), 'SIGKILL')
    await vi.waitFor(() => expect(host.log.join('')).toContain('a mount is back'), { timeout: 15_000 })
    expect([...shown]).toEqual(['absent'])
    expect(mountsAt(mount.mountPoint)).toEqual([])
    expect(await remove(mount.mountId)).toEqual({ removed: true, mount: null })
    expect(existsSync(host.machine.fuse.paths(`holdfast-${mount.mountId}`).directory)).toBe(false)
  })

  it('reads capacity, with its age', async () => {
    const mount = fuseMount('a')
    await apply(mount)
    await vi.waitFor(() => expect(host.manager.list()[0]?.usage).toMatchObject({ totalBytes: 4_096_000_000 }), {
      timeout: 5_000,
    })
    expect(host.manager.list()[0]?.usageAt).not.toBeNull()
  })

  it('knows hung storage within 10 s, heals within 15 s, and disturbs nothing else', async () => {
    const hung = fuseMount('hung')
    const fine = bindMount(base, 'fine')
    await apply(hung)
    await apply(fine)
    await until(hung.mountId, 'mounted', 5_000)
    const daemon = await daemonOf(hung.mountId)
    process.kill(daemon, 'SIGUSR1')
    figure(`hung storage was known after ${await until(hung.mountId, 'hung', 10_000)} ms`)
    const startedAt = performance.now()
    await apply({ ...fine, readOnly: true }, { generation: 2 })
    figure(`a remount beside it took ${Math.round(performance.now() - startedAt)} ms`)
    expect(state(fine.mountId)).toBe('mounted')
    process.kill(daemon, 'SIGUSR2')
    figure(`its answer was known after ${await until(hung.mountId, 'mounted', 15_000)} ms`)
  })

  it('gets hung storage off the host when asked', async () => {
    const mount = fuseMount('a')
    await apply(mount)
    process.kill(await daemonOf(mount.mountId), 'SIGUSR1')
    await until(mount.mountId, 'hung', 10_000)
    expect(await remove(mount.mountId)).toEqual({ removed: true, mount: null })
    expect(mountsAt(mount.mountPoint)).toEqual([])
  })

  it('heals a killed FUSE daemon', async () => {
    const mount = fuseMount('a')
    await apply(mount)
    const shown: { state: string; afterMs: number }[] = []
    const killedAt = performance.now()
    host.manager.subscribe(([changed]) => {
      shown.push({ state: changed?.state ?? '', afterMs: Math.round(performance.now() - killedAt) })
    })
    process.kill(await daemonOf(mount.mountId), 'SIGKILL')
    await vi.waitFor(() => expect(shown.map((change) => change.state)).toContain('corrupted'), {
      timeout: 5_000,
      interval: 5,
    })
    await vi.waitFor(() => expect(shown.at(-1)?.state).toBe('mounted'), { timeout: 15_000 })
    const dead = shown.find((change) => change.state === 'corrupted')
    figure(`a dead FUSE daemon was shown after ${dead?.afterMs} ms and healed after ${shown.at(-1)?.afterMs} ms`)
    expect(mountsAt(mount.mountPoint)).toHaveLength(1)
    expect(host.log.join('')).toContain('a mount is back')
    expect(await host.machine.prober.writeReadDelete(mount.mountPoint)).toMatchObject({ state: 'ok' })
  })

  it('heals storage that answers with I/O errors, whoever kills its supervisor', async () => {
    const mount = fuseMount('a')
    await apply(mount)
    const directory = host.machine.fuse.paths(`holdfast-${mount.mountId}`).directory
    const { supervisor, daemon } = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8'))
    process.kill(supervisor.pid, 'SIGKILL')
    process.kill(daemon.pid, 'SIGKILL')
    await vi.waitFor(() => expect(state(mount.mountId)).not.toBe('mounted'), { timeout: 5_000 })
    await until(mount.mountId, 'mounted', 20_000)
    expect(await daemonOf(mount.mountId)).not.toBe(daemon.pid)
    process.kill(await daemonOf(mount.mountId), 'SIGHUP')
    await vi.waitFor(() => expect(state(mount.mountId)).not.toBe('mounted'), { timeout: 10_000 })
    await until(mount.mountId, 'mounted', 25_000)
    expect(mountsAt(mount.mountPoint)).toHaveLength(1)
  })
})

describe('restart of the agent', () => {
  it('leaves mounts and daemons alone, and brings back only what is to be there', async () => {
    const kept = fuseMount('kept')
    const lost = bindMount(base, 'lost')
    const manual = bindMount(base, 'manual', { autoMount: false })
    for (const mount of [kept, lost, manual]) await apply(mount)
    const daemon = await daemonOf(kept.mountId)
    await host.close()
    await outsideUnmount(lost)
    await outsideUnmount(manual)
    host = await openMountHost(base)
    expect(state(kept.mountId)).toBe('mounted')
    expect(await daemonOf(kept.mountId)).toBe(daemon)
    await until(lost.mountId, 'mounted', 10_000)
    expect(state(manual.mountId)).toBe('absent')
    expect(mountsAt(manual.mountPoint)).toEqual([])
  })

  it.each([
    ['the same command, repeated', 'same'],
    ['a later command', 'later'],
  ] as const)('lets %s take over what a killed agent had begun, and leaves nothing open', async (_name, which) => {
    const mount = fuseMount('a')
    await apply(mount)
    const down: WireMount = { ...mount, desiredState: 'unmounted' }
    const first = envelope(mount.mountId, { generation: 2 })
    const command: Command = { kind: 'applyMount', envelope: first, args: { mount: down } }
    host.journal.begin(command, (journal) => journal.documents(MOUNT_DOCUMENTS).want(down, 2))
    await host.close()
    host = await openMountHost(base)
    const envelopes = { same: first, later: envelope(mount.mountId, { generation: 2 }) }
    const answer = await host.manager.apply(envelopes[which], performance.now(), down, quiet)
    expect(answer).toMatchObject({ state: 'absent', error: null })
    expect(host.journal.unfinished()).toEqual([])
    expect(await apply(mount, { generation: 3 })).toMatchObject({ state: 'mounted' })
    expect(host.journal.unfinished()).toEqual([])
  })

  it('finishes by itself what a killed agent had begun, and waits for a command that cannot be ended', async () => {
    const storage = fuseMount('storage')
    await apply(storage)
    const daemon = await daemonOf(storage.mountId)
    const stuck = bindMount(base, 'stuck', {
      backend: {
        id: testId('backend', '3'),
        driver: 'stuck-command',
        config: { path: storage.mountPoint },
        secrets: {},
      },
    })
    const first = envelope(stuck.mountId)
    const command: Command = { kind: 'applyMount', envelope: first, args: { mount: stuck } }
    host.journal.begin(command, (journal) => journal.documents(MOUNT_DOCUMENTS).want(stuck, 1))
    await host.close()
    process.kill(daemon, 'SIGUSR1')
    host = await openMountHost(base)
    await until(stuck.mountId, 'uncertain', 20_000)
    expect(host.journal.unfinished()).toHaveLength(1)
    process.kill(daemon, 'SIGUSR2')
    await until(stuck.mountId, 'error', 20_000)
    await vi.waitFor(() => expect(host.journal.unfinished()).toEqual([]), { timeout: 5_000 })
    expect(await remove(stuck.mountId)).toEqual({ removed: true, mount: null })
  })

  it('goes on trying while the storage is away', async () => {
    const mount = bindMount(base, 'a')
    await apply(mount)
    await host.close()
    await outsideUnmount(mount)
    rmSync(join(base, 'data'), { recursive: true })
    host = await openMountHost(base)
    await until(mount.mountId, 'error', 5_000)
    mkdirSync(join(base, 'data'))
    await until(mount.mountId, 'mounted', 15_000)
  })
})
