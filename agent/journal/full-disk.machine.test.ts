import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import { mountsAt } from '@/agent/host/mounting/mounts'
import { readIdentity, writeIdentity } from '@/agent/identity/identity'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { toHoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'
import { makeSmallDisk, type SmallDisk } from '@/testing/small-disk'
import { waitFor } from '@/testing/wait'
import { type Command, Journal } from './journal'

let base: string
let state: SmallDisk
let mounts: SmallDisk
let run: SmallDisk
let host: MountHost

/** The agent's state, its tmpfs and the place of its mounts, each on a disk of its own. */
beforeEach(async () => {
  base = makeBase('full', ['data', 'mnt', 'state', 'run'])
  state = makeSmallDisk(1024, join(base, 'state'), 64)
  mounts = makeSmallDisk(256, join(base, 'mnt'), 64)
  run = makeSmallDisk(512, join(base, 'run'), 64)
  host = await openMountHost(base)
})
afterEach(async () => {
  state.free()
  await host.close()
  removeBase(base)
})

const quiet = { log: () => undefined }
const apply = (mount: WireMount, more = {}) =>
  host.manager.apply(envelope(mount.mountId, more), performance.now(), mount, quiet)
const told = (work: Promise<unknown> | (() => unknown)) =>
  Promise.resolve()
    .then(() => (typeof work === 'function' ? work() : work))
    .then(
      () => 'done',
      (error: unknown) => {
        const { code, message } = toHoldfastError(error)
        return { code, message }
      },
    )
const full = (place: string) => ({
  code: 'disk_full',
  message: `The disk that holds ${place} is full: free some space on it.`,
})

describe('with a full state directory', () => {
  it('refuses a command before anything is done, keeps what is mounted, and goes on when there is room', async () => {
    const [first, second] = [bindMount(base, 'first'), bindMount(base, 'second')]
    await apply(first)
    state.fill()
    const before = readMounts()
    expect(await told(apply(second))).toEqual(full(state.path))
    expect(await told(apply({ ...first, desiredState: 'unmounted' }, { generation: 2 }))).toEqual(full(state.path))
    expect(existsSync(second.mountPoint)).toBe(false)
    expect(readMounts()).toEqual(before)
    expect(host.manager.list().find(({ mountId }) => mountId === testId('mount', 'first'))).toMatchObject({
      state: 'mounted',
    })
    state.free()
    expect(await apply(second)).toMatchObject({ state: 'mounted' })
    expect(await apply({ ...first, desiredState: 'unmounted' }, { generation: 2 })).toMatchObject({
      state: 'absent',
    })
  })

  it('gives the answer of what it had begun before, and writes it down when there is room', async () => {
    const command: Command = { kind: 'applyMount', envelope: envelope(testId('mount', 'x')), args: { a: 1 } }
    const { operationId } = command.envelope
    const directory = join(state.path, 'own')
    const journal = Journal.open(directory, 20)
    journal.begin(command, (own) => own.documents(MOUNT_DOCUMENTS).want(bindMount(base, 'x'), 1))
    state.fill()
    journal.documents(MOUNT_DOCUMENTS).markApplied(testId('mount', 'x'), { appliedHash: 'hash' })
    journal.finish(operationId, { result: { state: 'mounted' } })
    journal.finish(operationId, { result: 'a second end, which does not count' })
    expect(journal.recall(command)).toEqual({ status: 'done', result: { state: 'mounted' } })
    expect(journal.unfinished()).toEqual([])
    const next = { ...command, envelope: envelope(testId('mount', 'y')) }
    expect(await told(() => journal.begin(next))).toEqual(full(directory))
    state.free()
    // Seen by another agent, so it is in the file; nobody has asked this one for anything meanwhile.
    const reader = Journal.open(directory)
    await waitFor('the end in the file', () => reader.recall(command)?.status === 'done')
    expect(reader.recall(command)).toEqual({ status: 'done', result: { state: 'mounted' } })
    expect(reader.documents(MOUNT_DOCUMENTS).find(testId('mount', 'x'))).toMatchObject({
      note: { appliedHash: 'hash' },
    })
    reader.close()
    expect(journal.begin(next)).toEqual({ status: 'new' })
    journal.close()
  })

  it('writes down what has happened before anything that comes after it', async () => {
    const command: Command = { kind: 'applyMount', envelope: envelope(testId('mount', 'x')), args: {} }
    const directory = join(state.path, 'own')
    const journal = Journal.open(directory, 3_600_000)
    journal.begin(command)
    state.fill()
    journal.finish(command.envelope.operationId, { result: 'first' })
    state.free()
    journal.begin({ ...command, envelope: envelope(testId('mount', 'y')) })
    const reader = Journal.open(directory)
    expect(reader.recall(command)).toEqual({ status: 'done', result: 'first' })
    reader.close()
    journal.close()
  })

  it('says so when it starts, and gives no advice that would cost its journal', async () => {
    const [own, other] = [join(state.path, 'own'), join(state.path, 'other')]
    Journal.open(own).close()
    state.fill()
    expect(await told(() => Journal.open(own))).toEqual(full(own))
    expect(await told(() => Journal.open(other))).toEqual(full(state.path))
    state.free()
    Journal.open(own).close()
    const third = join(mounts.path, 'third')
    Journal.open(third).close()
    mounts.makeReadOnly(true)
    expect(await told(() => Journal.open(third))).toMatchObject({ code: 'disk_unwritable' })
    mounts.makeReadOnly(false)
  })

  it('keeps its old identity whole when a new one cannot be written', async () => {
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x']
    const pem = execFileSync('openssl', ['req', '-x509', ...made, '-keyout', '-'], { encoding: 'utf8', stdio: 'pipe' })
    const certificate = pem.slice(pem.indexOf('-----BEGIN CERTIFICATE'))
    const identity = {
      version: 1,
      installationId: 'i',
      hostId: testId('host', '1'),
      controllerIdentity: 'spiffe://i/controller',
      controllerUrl: 'https://127.0.0.1:1',
      port: 1,
      key: pem.slice(0, pem.indexOf('-----BEGIN CERTIFICATE')),
      certificate,
      authorities: certificate,
    } as const
    writeIdentity(state.path, identity)
    state.fill('bytes')
    expect(await told(() => writeIdentity(state.path, { ...identity, key: 'y'.repeat(20_000) }))).toEqual(
      full(state.path),
    )
    expect(readIdentity(state.path)).toEqual(identity)
    expect(readdirSync(state.path).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('starts no daemon whose cache has no place, and says where', async () => {
    const deadlineAt = performance.now() + 30_000
    const door = host.machine.open({ operationId: 'op_fuse', deadlineAt, signal: new AbortController().signal })
    // The place is known, so that it need not be written down.
    const known = bindMount(base, 'fuse')
    const target = known.mountPoint
    await apply(known)
    await apply({ ...known, desiredState: 'unmounted' }, { generation: 2 })
    state.fill()
    const own = { command: 'rclone', args: ['version'], secretFiles: {}, network: { kind: 'none' } as const }
    const daemon = { unit: 'holdfast-mnt_fuse', target, ...own }
    expect(await told(door.host.fuse.start(daemon))).toEqual(full(join(state.path, 'cache')))
    expect(mountsAt(target)).toEqual([])
  })
})

it('says which place of a mount is full or read-only, and mounts there when it is not', async () => {
  const mount = bindMount(base, 'deep/below')
  mounts.fill()
  expect(await told(apply(mount))).toEqual(full(mounts.path))
  expect(host.manager.list()[0]?.error).toMatchObject({ code: 'disk_full' })
  mounts.free()
  mounts.makeReadOnly(true)
  expect(await told(apply(mount))).toMatchObject({
    code: 'disk_unwritable',
    message: expect.stringContaining(`${mounts.path} is read-only`),
  })
  mounts.makeReadOnly(false)
  expect(await apply(mount)).toMatchObject({ state: 'mounted' })
})

it('says when the memory for secrets is full, and leaves no half of a secret there', async () => {
  const { runtime } = host.machine
  const secrets = runtime.directory('secrets')
  run.fill('bytes')
  const secret = new Secret('obviously-fake-'.repeat(1000))
  expect(await told(() => runtime.secretFile(secret))).toEqual(full(secrets))
  expect(readdirSync(secrets)).toEqual([])
  run.free()
  const file = runtime.secretFile(secret)
  expect(readFileSync(file.path, 'utf8')).toContain('obviously-fake-')
  file.done()
})
