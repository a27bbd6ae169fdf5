import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteAway } from '@/agent/boot/storage-gate'
import { readAgentEnv } from '@/agent/env'
import { Runner } from '@/agent/host/exec/run'
import { HeldStarts } from '@/agent/libvirt/held-starts'
import { StartHook } from '@/agent/libvirt/start-hook'
import { heldMachine } from '@/agent/resources/workloads/held-machines'
import { HeldWorkloads } from '@/agent/resources/workloads/held-workloads'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'
import { type RunningMachine, startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { waitFor } from '@/testing/wait'

let base: string
let host: MountHost
let libvirtd: RealLibvirtd
let hook: StartHook
let ours: RunningMachine
let others: RunningMachine
let mountPoint: string
let program: string
let runDir: string
let reloads = 0
const errors: unknown[] = []
const MOUNT = testId('mount', 'nas & co')

/** As root of the host that libvirt runs on: its mounts are its own. */
const onHost = (...command: string[]) => {
  const pid = readFileSync(join(libvirtd.directory, 'pid'), 'utf8').trim()
  return execFileSync('nsenter', ['--target', pid, '--mount', ...command], { encoding: 'utf8' })
}
const unmount = () => onHost('umount', mountPoint)
const mount = () => onHost('mount', '--bind', join(base, 'data'), mountPoint)
const state = ({ uuid }: RunningMachine) => libvirtd.virsh('domstate', uuid).trim()
const said = (work: () => void): string => {
  try {
    work()
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr)
  }
  throw new Error('It was started.')
}

beforeAll(async () => {
  base = makeBase('gate')
  program = join(base, 'agent')
  execFileSync(process.execPath, ['scripts/build-agent.mjs', '--out', program])
  host = await openMountHost(base)
  const wanted = bindMount(base, 'nas & co')
  mountPoint = wanted.mountPoint
  await host.manager.apply(envelope(wanted.mountId), performance.now(), wanted, { log: () => undefined })
  mkdirSync(join(base, 'data', 'images'))
  for (const name of ['images/ours.img', '../others.img'])
    writeFileSync(join(base, 'data', name), Buffer.alloc(1024 ** 2))
  const stateDir = join(base, 'state')
  runDir = readAgentEnv({ ...process.env, HOLDFAST_AGENT_STATE_DIR: stateDir }).runDir
  mkdirSync(runDir, { recursive: true, mode: 0o700 })
  libvirtd = await startLibvirtd()
  ours = startMachine(libvirtd, 'ours', { path: join(mountPoint, 'images', 'ours.img'), format: 'raw' })
  others = startMachine(libvirtd, 'others', { path: join(base, 'others.img'), format: 'raw' })
  ours.stop()
  others.stop()
  hook = new StartHook({
    program: [process.execPath, join(program, 'holdfast-agent.mjs')],
    stateDir,
    version: async () => '9.0.0',
    reload: async () => {
      reloads += 1
      onHost('kill', '-HUP', readFileSync(join(libvirtd.directory, 'pid'), 'utf8').trim())
    },
    onError: (error) => errors.push(error),
    directory: join(libvirtd.directory, 'etc/libvirt/hooks'),
  })
  hook.keep([mountPoint])
  await waitFor('the hook', () => reloads === 1)
}, 240_000)
afterAll(async () => {
  await libvirtd.close()
  await hook.close()
  await host.close()
  rmSync(runDir, { recursive: true, force: true })
  removeBase(base)
})

/** Whoever starts them. */
const start = (machine: RunningMachine) => {
  machine.start()
  expect(state(machine)).toBe('running')
  machine.stop()
}

test('a machine starts while its storage is there, and not under a mount that is away', async () => {
  expect(statSync(join(libvirtd.directory, 'etc/libvirt/hooks/qemu.d/holdfast')).mode & 0o777).toBe(0o755)
  start(ours)
  unmount()
  // libvirt looks at its hooks anew at some time after the signal.
  await waitFor('a refusal', () => {
    try {
      ours.start()
      ours.stop()
      return false
    } catch {
      return true
    }
  })
  expect(said(() => ours.start())).toContain(`${mountPoint} is not mounted`)
  expect(state(ours)).toBe('shut off')
  expect(new HeldStarts(runDir).all().get(ours.uuid)).toContain('is not mounted')
  start(others)

  onHost('mount', '-t', 'tmpfs', 'scratch', mountPoint)
  expect(said(() => ours.start())).toContain('Something else is mounted')
  unmount()
  mount()
  start(ours)
  expect(new HeldStarts(runDir).all().size).toBe(0)
  expect(errors).toEqual([])
})

test('nor while its file is not there, or the agent has found that the storage does not answer', () => {
  const file = join(base, 'data', 'images')
  renameSync(file, `${file}.away`)
  expect(said(() => ours.start())).toContain('is not there (ENOENT)')
  renameSync(`${file}.away`, file)
  const seen = host.manager.list().map((one) => ({
    ...one,
    proven: false,
    error: { code: 'backend_unreachable', message: 'The bucket is gone.' },
  }))
  noteAway(runDir, seen)
  expect(said(() => ours.start())).toContain('The bucket is gone.')
  noteAway(runDir, host.manager.list())
  start(ours)
})

test('without the program of the agent, only what has nothing of ours starts', () => {
  renameSync(program, `${program}.away`)
  expect(said(() => ours.start())).toMatch(/holdfast-agent\.mjs|could not say/)
  start(others)
  renameSync(`${program}.away`, program)
  // A journal that is gone, as well.
  renameSync(join(base, 'state'), join(base, 'state.away'))
  expect(said(() => ours.start())).toContain('There is no journal')
  start(others)
  renameSync(join(base, 'state.away'), join(base, 'state'))
  start(ours)
})

test('one that libvirt starts by itself is started when its storage is back; another is not held any more', async () => {
  const held = new HeldStarts(runDir)
  let isThere = false
  const runner = new Runner()
  const machines = new HeldWorkloads({
    held,
    workload: (uuid) => heldMachine({ run: (...asked) => runner.run(...asked) }, uuid, libvirtd.uri),
    mounts: () => [{ mountId: MOUNT, mountPoint }],
    ground: {
      requireMount() {
        if (isThere) return { mountId: MOUNT, path: mountPoint, readOnly: false }
        throw new HoldfastError('backend_unreachable', 'It is away.')
      },
    },
    look: async () => undefined,
    log: createLog('agent', 'error', () => undefined),
  })
  unmount()
  said(() => ours.start())
  libvirtd.virsh('autostart', ours.uuid)
  expect(await machines.care()).toBe(false)
  mount()
  isThere = true
  expect(await machines.care()).toBe(true)
  expect(state(ours)).toBe('running')
  expect(held.all().size).toBe(0)
  ours.stop()

  libvirtd.virsh('autostart', '--disable', ours.uuid)
  held.hold(ours.uuid, 'It was away.')
  expect(await machines.care()).toBe(true)
  expect([state(ours), held.all().size]).toEqual(['shut off', 0])
})

test('it goes with the last mount', async () => {
  hook.keep([])
  await waitFor('its end', () => !existsSync(join(libvirtd.directory, 'etc/libvirt/hooks/qemu.d/holdfast')))
  unmount()
  expect(said(() => ours.start())).not.toContain('Holdfast')
  mount()
})
