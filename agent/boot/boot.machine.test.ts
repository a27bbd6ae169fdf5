import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import { mountsAt } from '@/agent/host/mounting/mounts'
import type { WireMount } from '@/lib/agent-protocol/messages'
import type { Pending } from '@/lib/drivers/contract/values'
import { HoldfastError } from '@/lib/errors'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { bindMount, envelope, type MountHost, makeBase, openMountHost } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'
import { type MountToRelease, type Release, releaseConnections, releaseMounts } from './release'
import { forgetSettled, markSettled, waitUntilSettled } from './settled'

let base: string
let host: MountHost

beforeEach(async () => {
  base = makeBase('boot')
  host = await openMountHost(base)
})

afterEach(async () => {
  for (const { mountId } of host.manager.list()) {
    const command = envelope(mountId, { generation: 1000 })
    await host.manager.remove(command, performance.now(), { mountId, abandon: true }, quiet).catch(() => undefined)
  }
  await host.close()
  const left = readMounts().filter((mount) => mount.target.startsWith(`${base}/`))
  for (const entry of left.reverse()) spawnSync('umount', ['-c', '-l', entry.target])
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
})

const quiet = { log: () => undefined }
const apply = (mount: WireMount) => host.manager.apply(envelope(mount.mountId), performance.now(), mount, quiet)

function fuseMount(name: string, source = 'storage'): WireMount {
  const config = { source, program: HANG_FS }
  return bindMount(base, name, { backend: { id: testId('backend', '2'), driver: 'hang-fs', config, secrets: {} } })
}

function toRelease(mount: WireMount, pending?: () => Promise<Pending>): MountToRelease {
  const target = { mountId: mount.mountId, path: mount.mountPoint, readOnly: false }
  const backend = { id: mount.backend.id, config: {}, secrets: {} }
  const driver = { id: 'stand-in', test: async () => [], ...(pending ? { pending } : {}) }
  return { target, opened: { driver, backend } }
}

function hang(mount: WireMount): void {
  const pid = execFileSync('pgrep', ['-f', `${HANG_FS} .* ${mount.mountPoint}$`], { encoding: 'utf8' })
  process.kill(Number(pid.trim().split('\n')[0]), 'SIGUSR1')
}

interface Limits {
  hungOnly?: boolean
  withinMs?: number
  uploadsMs?: number
}

async function release(mounts: readonly MountToRelease[], limits: Limits = {}): Promise<Record<string, Release>> {
  const outcomes = await releaseMounts(host.machine, mounts, {
    hungOnly: limits.hungOnly ?? false,
    deadlineAt: performance.now() + (limits.withinMs ?? 15_000),
    uploadsUntil: performance.now() + (limits.uploadsMs ?? 5_000),
    say: () => undefined,
  })
  return Object.fromEntries([...outcomes].map(([path, outcome]) => [path.slice(base.length + 5), outcome]))
}

describe('at shutdown', () => {
  it('healthy mounts go in order, hung ones by force, and none waits for another', async () => {
    const [bound, healthy, hung] = [bindMount(base, 'bound'), fuseMount('healthy'), fuseMount('hung')]
    for (const mount of [bound, healthy, hung]) await apply(mount)
    hang(hung)
    const outcomes = await release([bound, healthy, hung].map((mount) => toRelease(mount)))
    expect(outcomes).toEqual({ bound: 'released', healthy: 'released', hung: 'forced' })
    for (const mount of [bound, healthy, hung]) expect(mountsAt(mount.mountPoint)).toEqual([])
  })

  it('early, only what hangs is taken away, and whoever waits for it gets an error', async () => {
    const [healthy, hung] = [fuseMount('healthy'), fuseMount('hung')]
    for (const mount of [healthy, hung]) await apply(mount)
    hang(hung)
    const waiting = spawn('stat', [join(hung.mountPoint, 'file')], { stdio: 'ignore' })
    const ended = new Promise((resolve) => waiting.once('exit', resolve))
    const mounts = [toRelease(healthy), toRelease(hung)]
    expect(await release(mounts, { hungOnly: true })).toEqual({ healthy: 'kept', hung: 'forced' })
    expect(await ended).toBe(1)
    expect(mountsAt(healthy.mountPoint)).toHaveLength(1)
  })

  it('a hung mount that is held on to loses its name, but not early, while it can still be forced', async () => {
    const hung = fuseMount('hung')
    await apply(hung)
    const holder = spawn('sleep', ['1000'], { cwd: hung.mountPoint })
    await new Promise((resolve) => holder.once('spawn', resolve))
    hang(hung)
    expect(await release([toRelease(hung)], { hungOnly: true, withinMs: 7_000 })).toEqual({ hung: 'kept' })
    expect(mountsAt(hung.mountPoint)).toHaveLength(1)
    expect(await release([toRelease(hung)], { withinMs: 7_000 })).toEqual({ hung: 'detached' })
    expect(mountsAt(hung.mountPoint)).toEqual([])
    holder.kill('SIGKILL')
  })

  it('a busy mount that answers is never forced: what is written to it may be on its way', async () => {
    const busy = fuseMount('busy')
    await apply(busy)
    const holder = spawn('sleep', ['1000'], { cwd: busy.mountPoint })
    await new Promise((resolve) => holder.once('spawn', resolve))
    expect(await release([toRelease(busy)])).toEqual({ busy: 'kept' })
    expect(mountsAt(busy.mountPoint)).toHaveLength(1)
    holder.kill('SIGKILL')
  })

  it('uploads are waited for, within their bound', async () => {
    const [quick, endless, unknown] = [bindMount(base, 'quick'), bindMount(base, 'endless'), bindMount(base, 'unknown')]
    for (const mount of [quick, endless, unknown]) await apply(mount)
    let left = 3
    let mountedAtLast = false
    const uploading = async () => {
      mountedAtLast = mountsAt(quick.mountPoint).length === 1
      return { files: left--, bytes: null }
    }
    const failing = async () => {
      throw new Error('nobody answers')
    }
    const outcomes = await release(
      [
        toRelease(quick, uploading),
        toRelease(endless, async () => ({ files: 1, bytes: null })),
        toRelease(unknown, failing),
      ],
      { uploadsMs: 1_500 },
    )
    expect(outcomes).toEqual({ quick: 'released', endless: 'released', unknown: 'released' })
    expect(left).toBe(-1)
    expect(mountedAtLast).toBe(true)
  })

  it('block storages are closed side by side, and one that is in use keeps no other open', async () => {
    const order: string[] = []
    const { promise: bothBegun, resolve } = Promise.withResolvers<void>()
    const connection = (id: string, end: () => void) => ({
      backend: { id, config: {}, secrets: {} },
      driver: {
        id: 'stand-in',
        test: async () => [],
        async release() {
          order.push(id)
          if (order.length === 2) resolve()
          await bothBegun
          end()
        },
      },
    })
    const busy = connection(testId('backend', 'busy'), () => {
      throw new HoldfastError('busy', 'Volumes are in use.')
    })
    const nothing = {
      backend: { id: testId('backend', 'nothing'), config: {}, secrets: {} },
      driver: { id: 's', test: async () => [] },
    }
    const said: string[] = []
    const end = { deadlineAt: performance.now() + 10_000, say: (line: string) => void said.push(line) }
    await releaseConnections(
      host.machine,
      [busy, nothing, connection(testId('backend', 'free'), () => order.push('closed'))],
      end,
    )
    expect(order).toEqual([testId('backend', 'busy'), testId('backend', 'free'), 'closed'])
    expect(said).toEqual([`${testId('backend', 'busy')}: Volumes are in use.`])
  })
})

describe('at boot', () => {
  it('the mark comes when each mount is up or has failed once, and goes with the next start', async () => {
    const [good, refused] = [bindMount(base, 'good'), fuseMount('refused', 'refused')]
    await apply(good)
    await apply(refused).catch(() => undefined)
    await host.manager.settled
    await host.close()
    spawnSync('umount', [good.mountPoint])
    const runDir = join(base, 'run')
    host = await openMountHost(base)
    const states = () => Object.fromEntries(host.manager.list().map((mount) => [mount.mountId, mount.state]))
    await host.manager.settled
    expect(states()).toMatchObject({ [testId('mount', 'good')]: 'mounted', [testId('mount', 'refused')]: 'error' })
    markSettled(runDir)
    expect(await waitUntilSettled(runDir, 0)).toBe(true)
    forgetSettled(runDir)
    expect(await waitUntilSettled(runDir, performance.now() + 50)).toBe(false)
  })

  it('without mounts there is nothing to wait for', async () => {
    await host.manager.settled
    expect(host.manager.list()).toEqual([])
  })
})

describe('the commands', () => {
  const root = new URL('../..', import.meta.url).pathname
  let program: string

  /** With a systemctl that says what the system is doing; /run is scratch. */
  function command(systemState: string, ...args: string[]): string {
    program ??= join(base, 'agent')
    if (!existsSync(program))
      execFileSync(process.execPath, ['scripts/build-agent.mjs', '--out', program], { cwd: root })
    writeFileSync(join(base, 'systemctl'), `#!/bin/sh\necho ${systemState}\nexit 1\n`, { mode: 0o755 })
    const setUp = [
      'set -e',
      'mount -t tmpfs scratch /run',
      'mkdir -p /run/systemd/system',
      `mount --bind ${base}/systemctl $(readlink -f /usr/bin/systemctl)`,
      `exec ${process.execPath} ${program}/holdfast-agent.mjs ${args.join(' ')} --state-dir ${base}/state`,
    ]
    return execFileSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', setUp.join('\n')], {
      encoding: 'utf8',
      env: { ...process.env, HOLDFAST_AGENT_RUN_DIR: join(base, 'run') },
    })
  }

  it('release does nothing unless the system is going down, and then unmounts', async () => {
    const mount = bindMount(base, 'bound')
    mount.backend.config = { path: join(base, 'data') }
    await apply(mount)
    await host.stop()
    expect(command('running', 'release')).toContain('mounts stay')
    expect(command('stopping', 'release', '--hung')).toBe('')
    expect(command('stopping', 'release')).toContain(`${mount.mountPoint}: released`)
  })

  it('wait-mounts does not wait on a host that has not joined, and refuses what is no limit', () => {
    program = join(base, 'agent')
    expect(command('running', 'wait-mounts')).toBe('')
    expect(() => command('running', 'wait-mounts', '--at-most', 'soon')).toThrow(/--at-most must be a number/)
  })
})
