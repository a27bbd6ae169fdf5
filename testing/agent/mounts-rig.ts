import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { CommandEnvelope, ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'

export const quiet = { log: () => undefined }

/** By somebody at the shell, who tries again while a probe of ours is looking. */
export function outsideUnmount(mount: WireMount): Promise<unknown> {
  return vi.waitFor(() => execFileSync('umount', [mount.mountPoint], { stdio: 'ignore' }), { timeout: 5_000 })
}

/** The mount side of an agent on this machine, with a directory of its own for each test. */
class MountsRig {
  base = ''
  host!: MountHost

  async start(): Promise<void> {
    this.base = makeBase('manager')
    await this.open()
  }

  /** As at a start of the agent. */
  async open(): Promise<void> {
    this.host = await openMountHost(this.base)
  }

  async clear(): Promise<void> {
    for (const { mountId } of this.host.manager.list())
      await this.remove(mountId, true, { generation: 1000 }).catch(() => undefined)
    await this.host.close()
    removeBase(this.base)
  }

  apply(mount: WireMount, more: Partial<CommandEnvelope> = {}) {
    return this.host.manager.apply(envelope(mount.mountId, more), performance.now(), mount, quiet)
  }

  remove(mountId: string, abandon = false, more: Partial<CommandEnvelope> = {}) {
    const command = envelope(mountId, { generation: 2, ...more })
    return this.host.manager.remove(command, performance.now(), { mountId, abandon }, quiet)
  }

  state(mountId: string) {
    return this.host.manager.list().find((mount) => mount.mountId === mountId)?.state
  }

  /** Resolves to the milliseconds that it took. */
  async until(mountId: string, wanted: ObservedMount['state'], timeout: number): Promise<number> {
    const startedAt = performance.now()
    await vi.waitFor(() => expect(this.state(mountId)).toBe(wanted), { timeout, interval: 10 })
    return Math.round(performance.now() - startedAt)
  }

  /** As the host measured it last. */
  usage(mountId: string): ObservedMount['usage'] {
    return this.host.manager.list().find((mount) => mount.mountId === mountId)?.usage ?? null
  }

  bindMount(name: string, more: Partial<WireMount> = {}): WireMount {
    return bindMount(this.base, name, more)
  }

  /** Of the type that misbehaves on demand. */
  fuseMount(name: string, more: Partial<WireMount> = {}): WireMount {
    const config = { source: 'storage', program: HANG_FS }
    const backend = { id: testId('backend', '2'), driver: 'hang-fs', config, secrets: { key: 'canary-key' } }
    return this.bindMount(name, { backend, ...more })
  }

  /** One whose commands do not end while the storage at `path` hangs. */
  stuckMount(path: string): WireMount {
    const backend = { id: testId('backend', '3'), driver: 'stuck-command', config: { path }, secrets: {} }
    return this.bindMount('stuck', { backend })
  }

  /** The process that serves a mount of the misbehaving type. */
  async daemonOf(mountId: string): Promise<number> {
    const { directory } = this.host.machine.fuse.paths(`holdfast-${mountId}`)
    return JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')).daemon.pid
  }
}

export function setUpMounts(): MountsRig {
  const rig = new MountsRig()
  beforeEach(() => rig.start())
  afterEach(() => rig.clear())
  return rig
}
