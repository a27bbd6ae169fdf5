import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isAlive, type ProcessIdentity } from '@/agent/host/exec/processes'
import { Runner } from '@/agent/host/exec/run'
import { RuntimeDirectory } from '@/agent/host/files/runtime-directory'
import { type MountContext, mountsAt } from '@/agent/host/mounting/mounts'
import type { Places } from '@/agent/host/mounting/places'
import { Prober } from '@/agent/host/mounting/probe'
import { freePort } from '@/agent/host/network'
import { supervisorServices } from '@/agent/host/services/services'
import type { FuseDaemon } from '@/lib/drivers/contract/driver-host'
import { Secret } from '@/lib/secret'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { ANY_SOURCE, placesBelow } from '@/testing/agent/places'
import { FuseDaemons, type KnownUnit } from './daemons'

const UNIT = 'holdfast-mnt_test'
const LIMITS = { closedNetworks: [], allowsUnfilteredDaemons: false }
const context: MountContext = {
  runner: new Runner(),
  prober: new Prober(),
  sources: ANY_SOURCE,
  checkAddress: () => undefined,
}
let base: string
let target: string
let runtime: RuntimeDirectory
let daemons: FuseDaemons
let places: Places
const place = () => places.allow(target)

beforeEach(async () => {
  base = mkdtempSync('/srv/holdfast-fuse-')
  chmodSync(base, 0o755)
  target = join(base, 'target')
  places = placesBelow(base)
  runtime = await RuntimeDirectory.open(context.runner, join(base, 'run'), { allowDisk: false })
  daemons = fresh()
})
afterEach(async () => {
  daemons.close()
  await fresh().stop(context, UNIT, place())
  spawnSync('umount', ['-c', '-l', target])
  spawnSync('umount', [runtime.path])
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
})

function fresh(): FuseDaemons {
  return new FuseDaemons(runtime, join(base, 'cache'), supervisorServices)
}

function hangFs(more: Partial<FuseDaemon> = {}): FuseDaemon {
  return {
    unit: UNIT,
    command: 'node',
    args: [HANG_FS, 'storage', target],
    target,
    secretFiles: {},
    network: { kind: 'none' },
    ...more,
  }
}

async function daemon(): Promise<ProcessIdentity | null> {
  return supervisorServices.daemon(context.runner, UNIT, daemons.paths(UNIT).directory)
}

describe('FUSE daemons under the supervisor', () => {
  it('start, are found again by the next agent, and stop for good', async () => {
    const entry = await daemons.start(
      context,
      place(),
      hangFs({ secretFiles: { 'keys.conf': new Secret('canary') } }),
      LIMITS,
    )
    expect(entry).toMatchObject({ fsType: 'fuse.hangfs', source: 'storage' })
    expect(await daemons.start(context, place(), hangFs(), LIMITS)).toMatchObject({ mountId: entry.mountId })
    const secretFile = join(daemons.paths(UNIT).directory, 'keys.conf')
    expect(statSync(secretFile).mode & 0o777).toBe(0o600)
    expect(await daemons.isRunning(context, UNIT)).toBe(true)

    const next = fresh()
    expect(await next.adopt(context)).toMatchObject([{ unit: UNIT, target, daemon: { pid: expect.any(Number) } }])
    const running = await daemon()
    await next.stop(context, UNIT, place())
    await next.stop(context, UNIT, place())
    expect(mountsAt(target)).toEqual([])
    expect(running && isAlive(running)).toBe(false)
    expect(await next.isRunning(context, UNIT)).toBe(false)
    expect(existsSync(secretFile)).toBe(false)
    expect(next.discardCaches('mnt_test')).toEqual([])
    expect(existsSync(next.paths(UNIT).cache)).toBe(false)
  })

  it('tell within a second that they were killed, and come back', async () => {
    await daemons.start(context, place(), hangFs(), LIMITS)
    const deaths: { unit: string; at: number }[] = []
    daemons.watch((unit: KnownUnit) => deaths.push({ unit: unit.unit, at: performance.now() }))
    const killedAt = performance.now()
    process.kill((await daemon())?.pid ?? 0, 'SIGKILL')
    await vi.waitFor(() => expect(deaths.map((death) => death.unit)).toEqual([UNIT]), { timeout: 5_000, interval: 10 })
    process.stdout.write(`a killed FUSE daemon was noticed after ${Math.round((deaths[0]?.at ?? 0) - killedAt)} ms\n`)
    await vi.waitFor(
      async () => {
        expect(await context.prober.list(target)).toMatchObject({ state: 'ok' })
        expect(mountsAt(target)).toHaveLength(1)
      },
      { timeout: 10_000 },
    )
  })

  it('stay down after an unmount from outside', async () => {
    await daemons.start(context, place(), hangFs(), LIMITS)
    const before = await daemon()
    await context.runner.run('umount', ['-c', target])
    await vi.waitFor(() => expect(before && isAlive(before)).toBe(false), { timeout: 5_000 })
    await vi.waitFor(async () => {
      expect(await supervisorServices.ended(context.runner, UNIT, daemons.paths(UNIT).directory)).toBe(true)
    })
    expect(mountsAt(target)).toEqual([])
  })

  it('report their last words when they cannot start, and are not tried again', async () => {
    const failing = hangFs({ args: ['-e', 'console.error("wrong key"); process.exit(3)'] })
    await expect(daemons.start(context, place(), failing, LIMITS)).rejects.toMatchObject({
      code: 'command_failed',
      message: expect.stringContaining('wrong key'),
    })
    expect(await daemon()).toBeNull()
    expect(mountsAt(target)).toEqual([])
  })

  it('keep running when an unmount is refused', async () => {
    await daemons.start(context, place(), hangFs(), LIMITS)
    writeFileSync(join(target, 'open'), 'x')
    const fd = openSync(join(target, 'open'), 'r')
    await expect(daemons.stop(context, UNIT, place())).rejects.toMatchObject({ code: 'busy' })
    expect(await daemons.isRunning(context, UNIT)).toBe(true)
    closeSync(fd)
    await daemons.stop(context, UNIT, place())
  })
})

describe('rclone', () => {
  it('mounts, answers over its control port, and shows no password', async () => {
    const content = join(base, 'content')
    mkdirSync(content)
    writeFileSync(join(content, 'hello'), 'from rclone')
    const port = await freePort()
    const password = 'canary-control-password'
    await daemons.start(
      context,
      place(),
      {
        unit: UNIT,
        command: 'rclone',
        args: [
          'mount',
          content,
          target,
          `--cache-dir=${daemons.paths(UNIT).cache}`,
          '--vfs-cache-mode=full',
          '--rc',
          `--rc-addr=127.0.0.1:${port}`,
        ],
        secretFiles: {},
        network: { kind: 'none' },
        env: { RCLONE_RC_USER: 'holdfast', RCLONE_RC_PASS: new Secret(password) },
        control: { kind: 'tcp', port, user: 'holdfast', password: new Secret(password) },
      },
      LIMITS,
    )
    expect(await context.prober.writeReadDelete(target)).toMatchObject({ state: 'ok' })
    expect(await daemons.control(UNIT, 'vfs/stats', {}, 5_000)).toMatchObject({ diskCache: expect.anything() })
    const seen = readFileSync(`/proc/${(await daemon())?.pid}/cmdline`, 'utf8')
    expect(seen).toContain('rclone')
    expect(seen).not.toContain(password)
    await daemons.stop(context, UNIT, place())
    expect(mountsAt(target)).toEqual([])
  })
})
