import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import { mountsAt } from '@/agent/host/mounting/mounts'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { bindMount, envelope, type MountHost, makeBase, openMountHost } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'

let base: string
let host: MountHost

beforeEach(async () => {
  base = makeBase('dead')
  host = await openMountHost(base)
})
afterEach(async () => {
  await host.close()
  const left = readMounts().filter((mount) => mount.target.startsWith(`${base}/`))
  for (const entry of left.reverse()) spawnSync('umount', ['-c', '-l', entry.target])
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
})

const states = (mounts: readonly WireMount[]) => {
  const shown = new Map(host.manager.list().map((mount) => [mount.mountId, mount.state]))
  return mounts.map((mount) => shown.get(mount.mountId))
}

function apply(mount: WireMount, generation: number, desiredState: WireMount['desiredState'] = 'mounted') {
  const command = envelope(mount.mountId, { generation })
  return host.manager.apply(command, performance.now(), { ...mount, desiredState }, { log: () => undefined })
}

function hangFs(name: string): WireMount {
  const config = { source: name, program: HANG_FS }
  return bindMount(base, name, { backend: { id: testId('backend', name), driver: 'hang-fs', config, secrets: {} } })
}

const observedAt = (mount: WireMount) => {
  return host.manager.list().find((one) => one.mountId === mount.mountId)?.observedAt ?? ''
}

it('sixteen dead mounts delay nothing for the other four, and each holds one child at most', async () => {
  const dead = Array.from({ length: 16 }, (_, index) => hangFs(`dead-${index}`))
  const well = [bindMount(base, 'bound-0'), bindMount(base, 'bound-1'), hangFs('well-0'), hangFs('well-1')]
  await Promise.all([...dead, ...well].map((mount) => apply(mount, 1)))
  for (const mount of dead) signalDaemon(mount, 'SIGUSR1')
  const areHung = () => expect(states(dead)).toEqual(dead.map(() => 'hung'))
  await vi.waitFor(areHung, { timeout: 30_000, interval: 20 })

  // The dead ones hang until they are told to answer: whatever had to wait for one of them would never end.
  for (const generation of [2, 4, 6]) {
    for (const mount of well) {
      expect(await apply(mount, generation, 'unmounted')).toMatchObject({ state: 'absent' })
      expect(mountsAt(mount.mountPoint)).toEqual([])
      expect(await apply(mount, generation + 1)).toMatchObject({ state: 'mounted' })
      expect(mountsAt(mount.mountPoint)).toHaveLength(1)
    }
  }
  // Watching goes on too.
  for (const mount of well.slice(2)) {
    for (let look = 0; look < 2; look++) {
      const before = observedAt(mount)
      await vi.waitFor(() => expect(observedAt(mount)).not.toBe(before), { timeout: 20_000, interval: 20 })
    }
  }
  expect(states(well)).toEqual(well.map(() => 'mounted'))
  areHung()
  expect(host.machine.prober.stuckCount).toBeLessThanOrEqual(16)

  for (const mount of dead) signalDaemon(mount, 'SIGUSR2')
  await vi.waitFor(() => expect(states(dead)).toEqual(dead.map(() => 'mounted')), { timeout: 30_000, interval: 20 })
})

function signalDaemon(mount: WireMount, signal: NodeJS.Signals): void {
  const directory = host.machine.fuse.paths(`holdfast-${mount.mountId}`).directory
  process.kill(JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')).daemon.pid, signal)
}
