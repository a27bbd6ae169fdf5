import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { mountsAt } from '@/agent/host/mounting/mounts'
import type { Command } from '@/agent/journal/journal'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { envelope } from '@/testing/agent/mount-host'
import { outsideUnmount, quiet, setUpMounts } from '@/testing/agent/mounts-rig'

const rig = setUpMounts()

describe('restart of the agent', () => {
  it('leaves mounts and daemons alone, and brings back only what is to be there', async () => {
    const kept = rig.fuseMount('kept')
    const lost = rig.bindMount('lost')
    const manual = rig.bindMount('manual', { autoMount: false })
    for (const mount of [kept, lost, manual]) await rig.apply(mount)
    const daemon = await rig.daemonOf(kept.mountId)
    await rig.host.close()
    await outsideUnmount(lost)
    await outsideUnmount(manual)
    await rig.open()
    expect(rig.state(kept.mountId)).toBe('mounted')
    expect(await rig.daemonOf(kept.mountId)).toBe(daemon)
    await rig.until(lost.mountId, 'mounted', 10_000)
    expect(rig.state(manual.mountId)).toBe('absent')
    expect(mountsAt(manual.mountPoint)).toEqual([])
  })

  it.each([
    ['the same command, repeated', 'same'],
    ['a later command', 'later'],
  ] as const)('lets %s take over what a killed agent had begun, and leaves nothing open', async (_name, which) => {
    const mount = rig.fuseMount('a')
    await rig.apply(mount)
    const down: WireMount = { ...mount, desiredState: 'unmounted' }
    const first = envelope(mount.mountId, { generation: 2 })
    const command: Command = { kind: 'applyMount', envelope: first, args: { mount: down } }
    rig.host.journal.begin(command, (journal) => journal.documents(MOUNT_DOCUMENTS).want(down, 2))
    await rig.host.close()
    await rig.open()
    const envelopes = { same: first, later: envelope(mount.mountId, { generation: 2 }) }
    const answer = await rig.host.manager.apply(envelopes[which], performance.now(), down, quiet)
    expect(answer).toMatchObject({ state: 'absent', error: null })
    expect(rig.host.journal.unfinished()).toEqual([])
    expect(await rig.apply(mount, { generation: 3 })).toMatchObject({ state: 'mounted' })
    expect(rig.host.journal.unfinished()).toEqual([])
  })

  it('finishes by itself what a killed agent had begun, and waits for a command that cannot be ended', async () => {
    const storage = rig.fuseMount('storage')
    await rig.apply(storage)
    const daemon = await rig.daemonOf(storage.mountId)
    const stuck = rig.stuckMount(storage.mountPoint)
    const first = envelope(stuck.mountId)
    const command: Command = { kind: 'applyMount', envelope: first, args: { mount: stuck } }
    rig.host.journal.begin(command, (journal) => journal.documents(MOUNT_DOCUMENTS).want(stuck, 1))
    await rig.host.close()
    process.kill(daemon, 'SIGUSR1')
    await rig.open()
    await rig.until(stuck.mountId, 'uncertain', 20_000)
    expect(rig.host.journal.unfinished()).toHaveLength(1)
    process.kill(daemon, 'SIGUSR2')
    await rig.until(stuck.mountId, 'error', 20_000)
    await vi.waitFor(() => expect(rig.host.journal.unfinished()).toEqual([]), { timeout: 5_000 })
    expect(await rig.remove(stuck.mountId)).toEqual({ removed: true, mount: null })
  })

  it('goes on trying while the storage is away', async () => {
    const mount = rig.bindMount('a')
    await rig.apply(mount)
    await rig.host.close()
    await outsideUnmount(mount)
    rmSync(join(rig.base, 'data'), { recursive: true })
    await rig.open()
    await rig.until(mount.mountId, 'error', 5_000)
    mkdirSync(join(rig.base, 'data'))
    await rig.until(mount.mountId, 'mounted', 15_000)
  })
})
