import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { identify } from '@/agent/host/exec/processes'
import { MountCheckResult, type ObservedJob, type WireMount } from '@/lib/agent-protocol/messages'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'
import { makeSmallDisk } from '@/testing/small-disk'
import { waitFor } from '@/testing/wait'

const MIB = 1_048_576
const OPERATION = testId('operation', 'check')
const FILE = `.holdfast-check-${OPERATION}`
const quiet = { log: () => undefined }

let base: string
let host: MountHost

beforeEach(async () => {
  base = makeBase('check')
  host = await openMountHost(base)
})
afterEach(async () => {
  if (daemonPid() > 0) process.kill(daemonPid(), 'SIGUSR2')
  await host.close()
  removeBase(base)
})

const slow = (): WireMount =>
  bindMount(base, 'slow', {
    backend: {
      id: testId('backend', '2'),
      driver: 'hang-fs',
      config: { source: 'storage', program: HANG_FS },
      secrets: {},
    },
  })
const apply = (mount: WireMount, generation = 1) =>
  host.manager.apply(envelope(mount.mountId, { generation }), performance.now(), mount, quiet)
const start = (mount: WireMount, mib = 1) =>
  host.jobs.start('checkMount', envelope(mount.mountId, { operationId: OPERATION }), performance.now(), {
    mountId: mount.mountId,
    sizeBytes: mib * MIB,
  })
const job = (): ObservedJob => host.jobs.find(OPERATION) as ObservedJob
const untilEnded = () => waitFor('the end of the check', () => (job()?.endedAt ? job() : null), 30_000)
const state = (file: string) => JSON.parse(readFileSync(file, 'utf8')).daemon?.pid ?? 0
const checkerPid = (): number => state(join(base, 'run/jobs', OPERATION, 'check/state.json'))
function daemonPid(): number {
  const file = join(base, 'run/fuse', `holdfast-${slow().mountId}`, 'state.json')
  return existsSync(file) ? state(file) : 0
}

/** A check of the misbehaving storage that hangs in the middle of its writing. */
async function hungCheck(): Promise<WireMount> {
  const mount = slow()
  await apply(mount)
  process.kill(daemonPid(), 'SIGCONT')
  await start(mount, 8)
  const log = join(base, 'run/fuse', `holdfast-${mount.mountId}`, 'log')
  await waitFor('a write that hangs', () => readFileSync(log, 'utf8').includes('hangs'))
  return mount
}
const answer = () => process.kill(daemonPid(), 'SIGUSR2')
const left = (mount: WireMount) => readdirSync(mount.mountPoint)

it('tells how fast the storage is written and read, and leaves nothing', async () => {
  const mount = bindMount(base, 'a')
  await apply(mount)
  const accepted = await start(mount, 3)
  expect(accepted.endedAt).toBeNull()
  const ended = await untilEnded()
  expect(ended).toMatchObject({ state: 'succeeded', progress: { unit: 'bytes', total: 6 * MIB } })
  const result = MountCheckResult.parse(ended.result)
  expect(result.sizeBytes).toBe(3 * MIB)
  expect(result.writeBytesPerSecond).toBeGreaterThan(0)
  expect(result.readBytesPerSecond).toBeGreaterThan(0)
  expect(left(mount)).toEqual([])
})

it('reads back past the memory of the host where the file system lets it', async () => {
  const disk = makeSmallDisk(128 * 1024, join(base, 'data'))
  const mount = bindMount(base, 'a')
  await apply(mount)
  await start(mount)
  const first = MountCheckResult.parse((await untilEnded()).result)
  expect(['direct', 'dropped']).toContain(first.readMode)
  disk.remove()
})

describe('a storage that loses data', () => {
  it('is found out, with the place', async () => {
    const mount = slow()
    await apply(mount)
    process.kill(daemonPid(), 'SIGWINCH')
    await start(mount)
    expect(await untilEnded()).toMatchObject({
      state: 'failed',
      error: {
        code: 'command_failed',
        message: expect.stringContaining('from byte 65536 on'),
        details: { differsAt: 65536 },
      },
    })
    expect(left(mount)).toEqual([])
  })

  it('and one that answers with errors is told as such, with what may be left', async () => {
    const mount = await hungCheck()
    process.kill(daemonPid(), 'SIGHUP')
    const ended = await untilEnded()
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'command_failed', details: { left: 'check' } } })
    expect(ended.error?.message).toMatch(/EIO/)
    expect(ended.error?.message).toContain(`${FILE} may be left in the storage`)
    answer()
    // The file system takes the signal when it comes to it.
    await vi.waitFor(() => expect(left(mount)).toEqual([FILE]), 10_000)
  })
})

describe('what it writes', () => {
  it.each(['a link', 'a file'])('never goes through %s of the same name', async (what) => {
    const mount = bindMount(base, 'a')
    await apply(mount)
    const victim = join(base, 'victim')
    writeFileSync(victim, 'precious')
    const place = join(base, 'data', FILE)
    if (what === 'a link') symlinkSync(victim, place)
    else writeFileSync(place, 'somebody else')
    await start(mount)
    expect(await untilEnded()).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('EEXIST') } })
    expect(readFileSync(victim, 'utf8')).toBe('precious')
  })

  it('needs its own room and some more', async () => {
    const disk = makeSmallDisk(80 * 1024, join(base, 'data'))
    const mount = bindMount(base, 'a')
    await apply(mount)
    await start(mount, 32)
    expect(await untilEnded()).toMatchObject({ state: 'failed', error: { code: 'disk_full' } })
    disk.remove()
  })
})

describe('in the middle of its work', () => {
  it('it can be cancelled, and takes its file away', async () => {
    const mount = await hungCheck()
    const pid = checkerPid()
    expect(host.jobs.cancel(OPERATION, 1)).toMatchObject({ state: 'cancelling' })
    answer()
    expect(await untilEnded()).toMatchObject({ state: 'cancelled' })
    expect([left(mount), identify(pid)]).toEqual([[], null])
  })

  it('kill -9 leaves no file', async () => {
    const mount = await hungCheck()
    process.kill(checkerPid(), 'SIGKILL')
    answer()
    expect(await untilEnded()).toMatchObject({ state: 'failed' })
    expect(left(mount)).toEqual([])
  })

  it('it goes on while the agent is restarted', async () => {
    const mount = await hungCheck()
    const pid = checkerPid()
    await host.close()
    host = await openMountHost(base)
    expect(job()).toMatchObject({ endedAt: null })
    answer()
    expect(await untilEnded()).toMatchObject({ state: 'succeeded' })
    expect([left(mount), identify(pid)]).toEqual([[], null])
  })

  it('killed while no agent runs, its file goes with the next one', async () => {
    const mount = await hungCheck()
    const pid = checkerPid()
    await host.close()
    process.kill(pid, 'SIGKILL')
    answer()
    await waitFor('its end', () => identify(pid) === null)
    expect(left(mount)).toEqual([FILE])
    host = await openMountHost(base)
    expect(await untilEnded()).toMatchObject({ state: 'failed' })
    expect(left(mount)).toEqual([])
  })

  it('the mount is not held: an unmount is told who uses it', async () => {
    const mount = bindMount(base, 'a')
    await apply(mount)
    await start(mount, 512)
    await waitFor('some progress', () => (job().progress?.done ?? 0) > 0)
    const unmount = apply({ ...mount, desiredState: 'unmounted' }, 2)
    await expect(unmount).rejects.toMatchObject({ code: 'busy' })
    host.jobs.cancel(OPERATION, 1)
    expect(await untilEnded()).toMatchObject({ state: 'cancelled' })
    expect(left(mount)).toEqual([])
  })
})

describe('is refused', () => {
  it('for a mount that this host does not know, or that is not there', async () => {
    await expect(start(bindMount(base, 'none'))).rejects.toMatchObject({ code: 'not_found' })
    const mount = bindMount(base, 'a', { desiredState: 'unmounted' })
    await apply(mount)
    await expect(start(mount)).rejects.toMatchObject({ code: 'conflict' })
    expect(host.journal.unfinished()).toEqual([])
  })

  it('for one that is read-only', async () => {
    const mount = bindMount(base, 'a', { readOnly: true })
    await apply(mount)
    await expect(start(mount)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('read-only'),
    })
  })

  it('by a storage that does not answer, before anything is written', async () => {
    const mount = slow()
    await apply(mount)
    process.kill(daemonPid(), 'SIGUSR1')
    await start(mount)
    expect(await untilEnded()).toMatchObject({ state: 'failed', error: { code: 'backend_unreachable' } })
  })
})
