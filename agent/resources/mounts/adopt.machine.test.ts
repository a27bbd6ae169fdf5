import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mountUnitName } from '@/agent/boot/mount-units'
import { mountsAt } from '@/agent/host/mounting/mounts'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { listForeignMounts } from '@/agent/verbs/list-foreign-mounts'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { ANY_SOURCE } from '@/testing/agent/places'
import { testId } from '@/testing/ids'

let base: string
let host: MountHost

beforeEach(async () => {
  base = makeBase('adopt', ['data', 'other', 'mnt', 'mnt/films'])
  writeFileSync(join(base, 'data', 'hello'), 'hello')
  host = await openMountHost(base)
})

afterEach(async () => {
  await host.close()
  removeBase(base)
})

const quiet = { log: () => undefined }
const apply = (mount: WireMount, generation = 1) =>
  host.manager.apply(envelope(mount.mountId, { generation }), performance.now(), mount, quiet)
const place = () => join(base, 'mnt', 'films')
const films = (more: Partial<WireMount> = {}) => bindMount(base, 'films', { adopt: true, ...more })
/** As an administrator did it by hand, with flags of their own. */
const byHand = (source = 'data') => execFileSync('mount', ['--bind', join(base, source), place()])

describe('taking over a mount that somebody made', () => {
  it('leaves it as it is: the same mount before and after, also for the next agent', async () => {
    byHand()
    const [before] = mountsAt(place())
    // The kernel gives numbers of mounts out again; a file that stays open proves that it was not unmounted in between.
    const open = openSync(join(place(), 'hello'), 'r')
    const view = await apply(films())
    expect(view).toMatchObject({ state: 'mounted', guard: 'unguarded', error: null })
    expect(mountsAt(place())).toEqual([before])
    await apply(films(), 2)
    expect(mountsAt(place())).toEqual([before])

    await host.close()
    host = await openMountHost(base)
    await host.manager.settled
    expect(host.manager.list()).toMatchObject([{ mountId: testId('mount', 'films'), state: 'mounted' }])
    expect(mountsAt(place())).toEqual([before])
    expect(readFileSync(open, 'utf8')).toBe('hello')
    closeSync(open)
  })

  it('mounts by itself, guarded and with safe flags, once something is changed', async () => {
    byHand()
    await apply(films())
    expect(mountsAt(place())[0]?.options).not.toContain('nosuid')
    const changed = await apply(films({ readOnly: true }), 2)
    expect(changed.state).toBe('mounted')
    const [after, ...more] = mountsAt(place())
    expect(more).toEqual([])
    expect(after?.options).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev']))
  })

  it('its directory refuses writes once it is unmounted', async () => {
    byHand()
    expect((await apply(films())).guard).toBe('unguarded')
    const unmounted = await apply(films({ desiredState: 'unmounted' }), 2)
    expect(unmounted.state).toBe('absent')
    expect(() => writeFileSync(join(place(), 'lost'), 'x')).toThrow('EPERM')
  })

  it('touches nothing that is another storage, or that is stacked', async () => {
    byHand('other')
    const before = mountsAt(place())
    await expect(apply(films())).rejects.toMatchObject({ code: 'conflict', details: { problem: 'mount.foreign' } })
    expect(mountsAt(place())).toEqual(before)
    byHand()
    await expect(apply(films(), 2)).rejects.toMatchObject({ details: { problem: 'mount.stacked' } })
    expect(mountsAt(place())).toHaveLength(2)
  })

  it('mounts what is not there, and without the wish to adopt makes a mount of its own', async () => {
    expect((await apply(films())).state).toBe('mounted')
    expect(mountsAt(place())[0]?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev']))
  })
})

describe('listForeignMounts', () => {
  const ask = (fstab: string) => {
    const machine = {
      mounts: host.manager,
      policy: () => ({
        checkMountPoint(path: string) {
          if (!path.startsWith(`${base}/mnt/`)) throw new HoldfastError('policy_denied', `${path} is not allowed.`)
        },
        checkDriver(driver: string) {
          if (driver === 'cifs') throw new HoldfastError('policy_denied', 'cifs is not allowed.')
        },
        sources: {
          ...ANY_SOURCE,
          check(path: string) {
            if (path === '/root') throw new HoldfastError('policy_denied', '/root is not allowed.')
          },
        },
      }),
    } as unknown as Agent
    writeFileSync(join(base, 'fstab'), fstab)
    const handler: Handler<'listForeignMounts'> = listForeignMounts(machine, join(base, 'fstab'), join(base, 'units'))
    return handler({}, undefined as never)
  }

  it('names bind mounts by hand and lines of fstab, not ours and not those of the system', async () => {
    byHand()
    mkdirSync(join(base, 'elsewhere'))
    execFileSync('mount', ['--bind', join(base, 'data'), join(base, 'elsewhere')])
    const found = await ask('proc /proc proc\nnas:/x /mnt/x nfs\nbroken\n//nas/y /mnt/y cifs pass=canary')
    const here = found.mounts.filter(({ mountPoint }) => mountPoint.startsWith(base))
    expect(here.map(({ mountPoint, bindOf, denied }) => [mountPoint, bindOf, denied === null])).toEqual([
      [place(), join(base, 'data'), true],
      [join(base, 'elsewhere'), join(base, 'data'), false],
    ])
    expect(found.fstab.map(({ line, mountPoint }) => [line, mountPoint])).toEqual([
      [2, '/mnt/x'],
      [4, '/mnt/y'],
    ])
    expect(found.problems).toEqual([{ file: 'fstab', line: 3, message: expect.stringContaining('fewer than three') }])
    expect(JSON.stringify(found)).not.toContain('canary')
    await apply(films())
    const later = await ask('')
    expect(later.mounts.some(({ mountPoint }) => mountPoint === place())).toBe(false)
  })

  it('denies what a unit of systemd would mount at the next boot, and names that', async () => {
    byHand()
    const unit = mountUnitName(place())
    const denied = async () => (await ask('')).mounts.find(({ mountPoint }) => mountPoint === place())?.denied
    mkdirSync(join(base, 'units', 'remote-fs.target.wants'), { recursive: true })
    writeFileSync(join(base, 'units', unit), '[Mount]\n')
    expect(await denied()).toBeNull()
    symlinkSync(`../${unit}`, join(base, 'units', 'remote-fs.target.wants', unit))
    expect(await denied()).toContain(`systemctl disable '${unit}'`)
  })

  it('denies types and directories that the policy of the host does not allow', async () => {
    const places = ['x', 'y', 'z'].map((name) => join(base, 'mnt', name))
    const [x, y, z] = places
    const found = await ask(`//nas/x ${x} cifs\n/root ${y} none bind\nnas:/z ${z} nfs`)
    expect(found.fstab.map(({ mountPoint, denied }) => [mountPoint, denied])).toEqual([
      [x, 'cifs is not allowed.'],
      [y, '/root is not allowed.'],
      [z, null],
    ])
  })

  it('denies what the host would refuse: a mount inside of one of ours', async () => {
    byHand()
    await apply(films())
    mkdirSync(join(place(), 'sub'))
    execFileSync('mount', ['--bind', join(base, 'other'), join(place(), 'sub')])
    const found = await ask(`/srv /mnt/x none bind\n${base}/other ${place()}/./sub/ none bind`)
    const words = expect.stringContaining(`overlaps with ${place()}`)
    const inside = join(place(), 'sub')
    expect(found.mounts.find(({ mountPoint }) => mountPoint === inside)).toMatchObject({ denied: words })
    expect(found.fstab.find(({ mountPoint }) => mountPoint === inside)).toMatchObject({ line: 2, denied: words })
    const other = bindMount(base, 'films/sub', { adopt: true })
    await expect(
      host.manager.apply(
        envelope(testId('mount', 'sub'), {}),
        performance.now(),
        { ...other, mountId: testId('mount', 'sub') },
        quiet,
      ),
    ).rejects.toThrow('overlaps with')
    execFileSync('umount', [inside])
  })
})
