import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import type { CommandEnvelope, ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { bundleProcess } from '@/testing/agent/bundle-process'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { atEachPoint } from '@/testing/agent/kill-points'
import { bindMount, envelope, makeBase } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'

const MOUNT_STEPS = [
  'journal.intent.before-commit',
  'intent.after-commit',
  'guard.noted',
  'guard.made',
  'mount.before',
  'mount.after',
  'applied.before',
  'result.before',
  'result.after',
]
const REMOVE_STEPS = [
  'journal.intent.before-commit',
  'intent.after-commit',
  'unmount.before',
  'unmount.after',
  'remove.unmounted',
  'guard.gone',
  'remove.before-forget',
  'result.before',
  'result.after',
]

const MOVE_STEPS = [
  'journal.intent.before-commit',
  'intent.after-commit',
  'move.before',
  'move.unmounted',
  'guard.gone',
  'move.given-back',
  'move.noted',
  'guard.noted',
  'guard.made',
  'mount.before',
  'mount.after',
  'applied.before',
  'result.before',
  'result.after',
]

/** One before the kernel knows of it, one after, and one where only the answer is missing. The full run has all. */
const USUAL = {
  bind: {
    mount: ['guard.made', 'mount.after', 'result.before'],
    move: ['move.unmounted', 'mount.after'],
    remove: ['unmount.after', 'guard.gone'],
  },
  fuse: { mount: ['mount.after'], move: ['move.unmounted'], remove: ['unmount.after'] },
}
const ALL = {
  bind: { mount: MOUNT_STEPS, move: MOVE_STEPS, remove: REMOVE_STEPS },
  fuse: {
    mount: MOUNT_STEPS,
    move: ['move.before', 'move.unmounted', 'mount.after'],
    remove: ['unmount.before', 'unmount.after'],
  },
}

let bundle: Awaited<ReturnType<typeof bundleProcess>>
let base: string

beforeAll(async () => {
  bundle = await bundleProcess('mount-process')
})
afterAll(() => bundle.done())

beforeEach(() => {
  base = makeBase('crash')
})
afterEach(() => {
  const mounts = readMounts().filter((mount) => mount.target.startsWith(`${base}/`))
  for (const entry of mounts.reverse()) spawnSync('umount', ['-c', '-l', entry.target])
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
})

interface Answer {
  result?: { state?: string; removed?: boolean; unfinished?: number; mounts?: ObservedMount[] }
  error?: { code: string }
}
type Asked = { verb: string; envelope?: CommandEnvelope; mount?: WireMount; mountId?: string }

/** Runs the agent once; null when it was killed. */
function agent(asked: Asked, failpoint = ''): Answer | null {
  const env = { ...process.env, HOLDFAST_TEST: '1', HOLDFAST_FAILPOINT: failpoint }
  const ended = spawnSync(process.execPath, [bundle.program, base, JSON.stringify(asked)], {
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (ended.signal === 'SIGKILL') return null
  expect(ended.stderr).toBe('')
  return JSON.parse(ended.stdout)
}

const storageMounts = () => readMounts().filter((mount) => mount.target.startsWith(`${base}/mnt/`))

const kinds = {
  bind: () => bindMount(base, 'a'),
  fuse: (): WireMount =>
    bindMount(base, 'a', {
      backend: {
        id: testId('backend', '2'),
        driver: 'hang-fs',
        config: { source: 'storage', program: HANG_FS },
        secrets: {},
      },
    }),
}

describe.each(['bind', 'fuse'] as const)('kill -9 of the agent, %s', (kind) => {
  const tryAt = (verb: 'mount' | 'move' | 'remove', title: string, killAt: (step: string) => void) => {
    const usual = USUAL[kind][verb]
    atEachPoint(ALL[kind][verb], (step) => usual.includes(step), title, killAt)
  }

  tryAt('mount', 'while mounting, at %s: exactly one mount in the end', (step) => {
    const mount = kinds[kind]()
    const asked = { verb: 'apply', envelope: envelope(mount.mountId), mount }
    expect(agent(asked, step)).toBeNull()
    expect(storageMounts().length).toBeLessThanOrEqual(1)
    const settled = agent({ verb: 'settle' })?.result
    expect(settled?.unfinished).toBe(0)
    expect(agent(asked)?.result?.state).toBe('mounted')
    expect(storageMounts()).toHaveLength(1)
    const removed = agent({
      verb: 'remove',
      envelope: envelope(mount.mountId, { generation: 2 }),
      mountId: mount.mountId,
    })
    expect(removed?.result?.removed).toBe(true)
    expect(storageMounts()).toEqual([])
    expect(readdirSync(join(base, 'mnt'))).toEqual([])
  })

  tryAt('move', 'while moving, at %s: at the new place alone in the end', (step) => {
    const mount = kinds[kind]()
    expect(agent({ verb: 'apply', envelope: envelope(mount.mountId), mount })?.result?.state).toBe('mounted')
    const moved = { ...mount, mountPoint: join(base, 'mnt/b') }
    const asked = { verb: 'apply', envelope: envelope(mount.mountId, { generation: 2 }), mount: moved }
    expect(agent(asked, step)).toBeNull()
    expect(storageMounts().length).toBeLessThanOrEqual(1)
    expect(agent({ verb: 'settle' })?.result?.unfinished).toBe(0)
    expect(agent(asked)?.result?.state).toBe('mounted')
    expect(storageMounts().map(({ target }) => target)).toEqual([moved.mountPoint])
    expect(readdirSync(join(base, 'mnt'))).toEqual(['b'])
    const gone = { verb: 'remove', envelope: envelope(mount.mountId, { generation: 3 }), mountId: mount.mountId }
    expect(agent(gone)?.result).toEqual({ removed: true, mount: null })
    expect(storageMounts()).toEqual([])
    expect(readdirSync(join(base, 'mnt'))).toEqual([])
  })

  tryAt('remove', 'while removing, at %s: nothing is left in the end', (step) => {
    const mount = kinds[kind]()
    expect(agent({ verb: 'apply', envelope: envelope(mount.mountId), mount })?.result?.state).toBe('mounted')
    const asked = { verb: 'remove', envelope: envelope(mount.mountId, { generation: 2 }), mountId: mount.mountId }
    expect(agent(asked, step)).toBeNull()
    expect(agent({ verb: 'settle' })?.result?.unfinished).toBe(0)
    expect(agent(asked)?.result).toEqual({ removed: true, mount: null })
    expect(storageMounts()).toEqual([])
    expect(readdirSync(join(base, 'mnt'))).toEqual([])
    expect(existsSync(join(base, 'run', 'fuse', `holdfast-${mount.mountId}`))).toBe(false)
  })
})
