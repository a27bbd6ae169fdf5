import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mountsAt } from '@/agent/host/mounting/mounts'
import { createSourceRule } from '@/agent/policy/source-rule'
import { MOUNT_DOCUMENTS } from '@/agent/resources/mounts/mount-documents'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { toHoldfastError } from '@/lib/errors'
import { HANG_FS } from '@/testing/agent/hang-fs-control'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { testId } from '@/testing/ids'

/**
 * Every way in which a mount can be in error, and what is done about it then: it can always be deleted and abandoned, it can be
 * unmounted unless something is mounted there, and it can be changed into one that works. What is not ours is as it was.
 */

let base: string
let host: MountHost
let generation = 0

beforeEach(async () => {
  base = makeBase('removal', ['data', 'other', 'mnt', 'elsewhere'])
  const sources = createSourceRule({ roots: [join(base, 'data')], denied: [], own: [], file: 'agent.json' })
  host = await openMountHost(base, join(base, 'mnt'), sources)
})
afterEach(async () => {
  await host.close()
  removeBase(base)
})

const quiet = { log: () => undefined }
const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe', encoding: 'utf8' })
const place = () => join(base, 'mnt', 'a')
const next = () => envelope(testId('mount', 'a'), { generation: ++generation })
const apply = (mount: WireMount) => host.manager.apply(next(), performance.now(), mount, quiet)
const remove = (abandon: boolean) =>
  host.manager.remove(next(), performance.now(), { mountId: testId('mount', 'a'), abandon }, quiet)

const wanted = (more: Partial<WireMount> = {}) => bindMount(base, 'a', more)
const ofType = (driver: string, config: Record<string, unknown>) =>
  wanted({ backend: { id: testId('backend', '2'), driver, config, secrets: {} } })
const fuse = (source = 'storage') => ofType('hang-fs', { source, program: HANG_FS })

async function mounted(mount = wanted()): Promise<WireMount> {
  expect(await apply(mount)).toMatchObject({ state: 'mounted' })
  return mount
}

/** Somebody at the shell takes the mount away, and the protection of the directory under it. */
async function takenAway(): Promise<WireMount> {
  const mount = await mounted()
  await vi.waitFor(() => run('umount', place()), { timeout: 5_000 })
  run('chattr', '-i', place())
  return mount
}

function replaced(make: () => void): void {
  rmdirSync(place())
  make()
}

interface Trouble {
  what: string
  /** Brings the host there, and says what is wanted on it. */
  make(): WireMount | Promise<WireMount>
  /** The code of the error that it has; null: a mount that came about, and was changed from outside. */
  fails: string | null
  /** Where an unmount is refused, with which code. */
  unmount?: string
}

/** Things that only a mount needs are missing or in the way. */
const NEVER_CAME_ABOUT: Trouble[] = [
  {
    what: 'the directory is not empty',
    fails: 'conflict',
    make() {
      mkdirSync(place())
      writeFileSync(join(place(), 'keep'), 'theirs')
      return wanted()
    },
  },
  {
    what: 'the directory is not empty, for a daemon',
    fails: 'conflict',
    make() {
      mkdirSync(place())
      writeFileSync(join(place(), 'keep'), 'theirs')
      return fuse()
    },
  },
  {
    what: 'the place is a symbolic link',
    fails: 'policy_denied',
    make() {
      symlinkSync(join(base, 'elsewhere'), place())
      return wanted()
    },
  },
  {
    what: 'the way to the place has a symbolic link',
    fails: 'policy_denied',
    make() {
      symlinkSync(join(base, 'elsewhere'), join(base, 'mnt', 'link'))
      return wanted({ mountPoint: join(base, 'mnt', 'link', 'a') })
    },
  },
  {
    what: 'the place is a file',
    fails: 'policy_denied',
    make() {
      writeFileSync(place(), 'theirs')
      return wanted()
    },
  },
  {
    what: 'the policy allows no mount there',
    fails: 'policy_denied',
    // It was never taken into the list of this host: whoever asks takes it off the list instead.
    unmount: 'policy_denied',
    make: () => wanted({ mountPoint: join(base, 'elsewhere', 'a') }),
  },
  {
    what: 'others than root may write on the way to the place',
    fails: 'policy_denied',
    make() {
      mkdirSync(join(base, 'mnt', 'open'))
      chmodSync(join(base, 'mnt', 'open'), 0o777)
      return wanted({ mountPoint: join(base, 'mnt', 'open', 'a') })
    },
  },
  {
    what: 'the place lies on storage that is not a local disk',
    fails: 'policy_denied',
    make() {
      mkdirSync(join(base, 'mnt', 'odd'))
      run('mount', '-t', 'sysfs', 'theirs', join(base, 'mnt', 'odd'))
      return wanted({ mountPoint: join(base, 'mnt', 'odd', 'a') })
    },
  },
  { what: 'a program is missing', fails: 'tool_missing', make: () => ofType('no-tool', { path: join(base, 'data') }) },
  { what: 'this agent does not know the type', fails: 'unsupported', make: () => ofType('not-known', {}) },
  { what: 'the storage refuses', fails: 'backend_unreachable', make: () => fuse('refused') },
  {
    what: 'the source may not be handed out',
    fails: 'policy_denied',
    make: () => ofType('local-dir', { path: join(base, 'other') }),
  },
  {
    what: 'the source is not there',
    fails: 'not_found',
    make: () => ofType('local-dir', { path: join(base, 'data/no') }),
  },
  {
    what: 'others have mounted something there',
    fails: 'conflict',
    unmount: 'conflict',
    make() {
      mkdirSync(place())
      run('mount', '-t', 'tmpfs', 'theirs', place())
      return wanted()
    },
  },
  {
    what: 'others have mounted two things there',
    fails: 'conflict',
    unmount: 'conflict',
    make() {
      mkdirSync(place())
      run('mount', '-t', 'tmpfs', 'theirs', place())
      run('mount', '-t', 'tmpfs', 'theirs too', place())
      return fuse()
    },
  },
]

/** It was mounted, and somebody has changed the host since. */
const CHANGED_SINCE: Trouble[] = [
  {
    what: 'there is something in the directory',
    fails: null,
    async make() {
      const mount = await takenAway()
      chmodSync(place(), 0o755)
      writeFileSync(join(place(), 'keep'), 'theirs')
      return mount
    },
  },
  {
    what: 'there is a symbolic link in its place',
    fails: null,
    async make() {
      const mount = await takenAway()
      replaced(() => symlinkSync(join(base, 'elsewhere'), place()))
      return mount
    },
  },
  {
    what: 'there is a file in its place',
    fails: null,
    async make() {
      const mount = await takenAway()
      replaced(() => writeFileSync(place(), 'theirs'))
      return mount
    },
  },
  {
    what: 'the directory has vanished',
    fails: null,
    async make() {
      const mount = await takenAway()
      replaced(() => undefined)
      return mount
    },
  },
  {
    what: 'others than root may write on the way to it',
    fails: null,
    async make() {
      const mount = await takenAway()
      chmodSync(join(base, 'mnt'), 0o777)
      return mount
    },
  },
  {
    what: 'others have mounted something there',
    fails: null,
    unmount: 'conflict',
    async make() {
      const mount = await takenAway()
      run('mount', '-t', 'tmpfs', 'theirs', place())
      return mount
    },
  },
]

const TROUBLES: Trouble[] = [
  ...NEVER_CAME_ABOUT,
  ...CHANGED_SINCE.map((trouble) => ({ ...trouble, what: `it was mounted, and ${trouble.what}` })),
]

/** Everything that was there before we came: by name, kind, owner's bits, content and what is mounted on it. */
function lookAround(): string[] {
  const seen = ['mnt', 'data', 'other', 'elsewhere'].map((name) => join(base, name))
  const found = run('find', ...seen, '-xdev', '-mindepth', '1')
    .split('\n')
    .filter(Boolean)
  const mine = host.journal.places.paths()
  return [...seen, ...found]
    .filter((path) => !mine.some((own) => own === path && proves(own)))
    .map((path) => {
      const stat = lstatSync(path)
      const content = stat.isFile() ? readFileSync(path, 'utf8') : ''
      return JSON.stringify([path, stat.ino, stat.mode, content, mountsAt(path)])
    })
    .sort()
}

/** Is it still the directory that the agent has made? */
function proves(path: string): boolean {
  return existsSync(path) && lstatSync(path).isDirectory() && run('find', path, '-mindepth', '1', '-quit') === ''
}

async function inTrouble({ make, fails }: Trouble): Promise<WireMount> {
  const mount = await make()
  if (fails === null) return mount
  await expect(apply(mount)).rejects.toMatchObject({ code: fails })
  const seen = host.manager.list().find(({ mountId }) => mountId === mount.mountId)
  if (seen !== undefined) expect(['error', 'foreign', 'stacked']).toContain(seen.state)
  return mount
}

async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => toHoldfastError(error).code)
}

describe.each(TROUBLES)('where $what', (trouble) => {
  it.each([
    ['deleted', false],
    ['abandoned', true],
  ])('it can be %s, and nothing else changes', async (_what, abandon) => {
    await inTrouble(trouble)
    const before = lookAround()
    expect(await outcomeOf(remove(abandon))).toEqual({ removed: true, mount: null })
    expect(lookAround()).toEqual(before)
    expect(host.manager.list()).toEqual([])
    expect(host.journal.documents(MOUNT_DOCUMENTS).all()).toEqual([])
  })

  it(`an unmount ${trouble.unmount === undefined ? 'is done' : `says ${trouble.unmount}`}, and nothing else changes`, async () => {
    const mount = await inTrouble(trouble)
    const before = lookAround()
    const outcome = await outcomeOf(apply({ ...mount, desiredState: 'unmounted' }))
    if (trouble.unmount === undefined) expect(outcome).toMatchObject({ state: 'absent' })
    else expect(outcome).toBe(trouble.unmount)
    expect(lookAround()).toEqual(before)
    expect(await outcomeOf(remove(false))).toEqual({ removed: true, mount: null })
    expect(lookAround()).toEqual(before)
  })

  it('it can be changed into one that works, and leaves nothing where it was', async () => {
    await inTrouble(trouble)
    const before = lookAround()
    chmodSync(join(base, 'mnt'), 0o755)
    const good = wanted({ mountPoint: join(base, 'mnt', 'good') })
    expect(await outcomeOf(apply(good))).toMatchObject({ state: 'mounted' })
    expect(await outcomeOf(remove(false))).toEqual({ removed: true, mount: null })
    const after = lookAround()
    expect(after.filter((line) => !line.startsWith(`["${join(base, 'mnt')}"`))).toEqual(
      before.filter((line) => !line.startsWith(`["${join(base, 'mnt')}"`)),
    )
    expect(host.journal.documents(MOUNT_DOCUMENTS).all()).toEqual([])
  })
})

describe('where it is mounted and held', () => {
  let holder: ReturnType<typeof spawn> | null = null
  afterEach(async () => {
    if (holder === null) return
    holder.kill()
    await once(holder, 'exit')
    holder = null
  })

  it('by a program: an unmount and a delete say so, and only abandoning takes it away', async () => {
    const mount = await mounted()
    holder = spawn('sleep', ['1000'], { cwd: place() })
    await vi.waitFor(() => expect(readFileSync(`/proc/${holder?.pid}/comm`, 'utf8')).toBe('sleep\n'))
    expect(await outcomeOf(apply({ ...mount, desiredState: 'unmounted' }))).toBe('busy')
    expect(await outcomeOf(remove(false))).toBe('busy')
    expect(mountsAt(place())).toHaveLength(1)
    expect(await outcomeOf(remove(true))).toMatchObject({ removed: false, mount: { state: 'detached_dirty' } })
  })

  it('by a mount of others over it: nothing of theirs is taken away by an unmount or a delete', async () => {
    const mount = await mounted()
    run('mount', '-t', 'tmpfs', 'theirs', place())
    expect(await outcomeOf(apply({ ...mount, desiredState: 'unmounted' }))).toBe('conflict')
    expect(await outcomeOf(remove(false))).toBe('conflict')
    expect(mountsAt(place()).map(({ source }) => source)).toContain('theirs')
    expect(mountsAt(place())).toHaveLength(2)
    expect(await outcomeOf(remove(true))).toMatchObject({ removed: false })
    expect(mountsAt(place())).toEqual([])
  })
})

it('a mount whose backend cannot be read any more is not forgotten by a delete, and left as it is by who abandons it', async () => {
  const mount = await mounted()
  const documents = host.journal.documents(MOUNT_DOCUMENTS)
  // As an older agent would have it, that does not know the type.
  documents.want({ ...mount, backend: { ...mount.backend, driver: 'not-known' } }, generation)
  documents.markApplied(mount.mountId, { appliedHash: 'of it' })
  await host.close()
  host = await openMountHost(base)
  await host.manager.settled
  const there = mountsAt(place())
  expect(there).toHaveLength(1)
  expect(await outcomeOf(remove(false))).toBe('conflict')
  expect(await outcomeOf(remove(true))).toEqual({ removed: true, mount: null })
  expect(mountsAt(place())).toEqual(there)
})
