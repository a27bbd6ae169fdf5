import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { MARK } from '@/agent/host/host'
import { mountsAt } from '@/agent/host/mounting/mounts'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { endStrays } from './strays'

let base: string
let host: MountHost
const children: ChildProcess[] = []

beforeEach(async () => {
  base = makeBase('strays')
  host = await openMountHost(base)
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await host.close()
  removeBase(base)
})

/** A command that an agent of this mark may have left: its name is what tells. */
async function command(name: string, mark: string): Promise<ChildProcess> {
  const program = join(base, name)
  copyFileSync('/bin/sleep', program)
  const child = spawn(program, ['1000'], { env: { ...process.env, [MARK]: mark }, stdio: 'ignore' })
  children.push(child)
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  return child
}

const isEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

it('ends mounts, logins and changes of LVM of this agent, and nothing else', async () => {
  const [ours, login, lvm, daemon] = await Promise.all(
    ['mount.nfs', 'iscsiadm', 'lvm', 'rclone'].map((name) => command(name, 'ours')),
  )
  const foreign = await command('umount', 'of another agent')
  expect(await endStrays('ours')).toEqual([])
  await vi.waitFor(() => expect([ours, login, lvm].map((child) => child && isEnded(child))).toEqual([true, true, true]))
  expect([daemon, foreign].map((child) => child && isEnded(child))).toEqual([false, false])
})

it('an agent that starts after one that was killed in an operation ends what that one left first', async () => {
  await host.close()
  const left = await command('mount', join(base, 'run'))
  host = await openMountHost(base)
  await host.manager.settled
  expect(isEnded(left)).toBe(false)
  const mount = bindMount(base, 'cut-off')
  const { journal } = host
  journal.begin({ kind: 'applyMount', envelope: envelope(mount.mountId), args: { mount } }, () =>
    journal.documents(MOUNT_DOCUMENTS).want(mount, 1),
  )
  await host.close()

  host = await openMountHost(base)
  await vi.waitFor(() => expect(mountsAt(mount.mountPoint)).toHaveLength(1), { timeout: 10_000 })
  expect(isEnded(left)).toBe(true)
})

it('an unmount is believed only when the kernel shows it', async () => {
  const mount = bindMount(base, 'clings')
  mount.backend.driver = 'false-unmount'
  const apply = (desiredState: 'mounted' | 'unmounted', generation: number) =>
    host.manager.apply(
      envelope(mount.mountId, { generation }),
      performance.now(),
      { ...mount, desiredState },
      { log: () => undefined },
    )
  await apply('mounted', 1)
  await expect(apply('unmounted', 2)).rejects.toMatchObject({ message: expect.stringContaining('still mounted') })
  expect(host.manager.list()).toMatchObject([{ error: { message: expect.stringContaining('still mounted') } }])
})
