import { expect, it } from 'vitest'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { Command } from '@/lib/drivers/contract/mount-request'
import { mountCommands, unmountCommands } from '@/lib/drivers/mounting/commands'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { driverById } from '@/lib/drivers/registry'
import {
  type Bench,
  type DriverCase,
  type DriverRig,
  everythingSaid,
  expectHonest,
  failureOf,
  searchedFailures,
} from '@/testing/drivers/driver-case'
import { spellingsOf } from '@/testing/drivers/recording'

/** Health that can fail: with the server gone, the look at a mount says so, and with the server back it is well without another mount. */
function describeProof<Rig extends DriverRig>(
  { driver, outage, revoked }: DriverCase<Rig>,
  { backend, withRig }: Bench<Rig>,
): void {
  const { mount, unmount, proof } = driver
  if (mount === undefined || unmount === undefined) return

  it('says how the health of its mounts is proven', () => {
    expect(proof).toBeDefined()
  })
  const idAt = (rig: Rig) => rig.host.mounts.list().find(({ target }) => target === rig.target.path)?.mountId

  /** As the agent asks it: by its own look at the mount, or by that of the driver. */
  const problemOf = async (rig: Rig, context: OperationContext): Promise<string | null> => {
    if (proof === 'statfs') {
      const { state } = await context.host.probe.statfs(rig.target.path)
      return state === 'ok' ? null : `statfs: ${state}`
    }
    try {
      expect(await proof?.look(backend(), rig.target, context)).toBe('proven')
      return null
    } catch (error) {
      if (error instanceof ProblemError) return error.problem
      throw error
    }
  }

  if (outage !== undefined) {
    it('knows that the server is gone and that it is back, without another mount', async () => {
      await withRig(async (rig, recording, context) => {
        await mount(backend(), rig.target, context())
        const id = idAt(rig)
        recording.changes.length = 0
        expect(await problemOf(rig, context())).toBeNull()
        await outage.begin(rig)
        expect(await problemOf(rig, context())).toBe(proof === 'statfs' ? 'statfs: hung' : outage.problem)
        await outage.end(rig)
        expect(await problemOf(rig, context())).toBeNull()
        expect([idAt(rig), recording.changes]).toEqual([id, []])
        await unmount(backend(), rig.target, context())
      })
    })
  }

  if (revoked !== undefined) {
    it('says so when the server takes back what it had allowed', async () => {
      await withRig(async (rig, _recording, context) => {
        await mount(backend(), rig.target, context())
        await revoked.arrange(rig)
        expect(await problemOf(rig, context())).toBe(revoked.problem)
        await unmount(backend(), rig.target, context())
      })
    })
  }
}

function mountedAt(rig: DriverRig): number {
  return rig.host.mounts.list().filter((entry) => entry.target === rig.target.path).length
}

/** What a storage must keep that is mounted. */
export function describeMounting<Rig extends DriverRig>(
  given: DriverCase<Rig>,
  { backend, withRig }: Bench<Rig>,
): void {
  const { driver } = given
  const descriptor = driverById(driver.id)
  const { mount, unmount, expect: expected } = driver
  if (mount === undefined || unmount === undefined || expected === undefined) return

  it('mounts twice and unmounts twice with the same end', async () => {
    await withRig(async (rig, _recording, context) => {
      for (const _round of [1, 2]) {
        await mount(backend(), rig.target, context())
        expect(mountedAt(rig)).toBe(1)
      }
      const entry = rig.host.mounts.list().find(({ target }) => target === rig.target.path)
      const wanted = expected(backend(), rig.target)
      if (wanted.fsType.length > 0) expect(wanted.fsType).toContain(entry?.fsType)
      if (wanted.source !== null) expect(entry?.source).toBe(wanted.source)
      expect(entry?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev']))
      for (const _round of [1, 2]) {
        await unmount(backend(), rig.target, context())
        expect(mountedAt(rig)).toBe(0)
      }
    })
  })

  const { mounting } = descriptor
  const { shown } = given
  if (mounting !== undefined && shown !== undefined) {
    it.each([false, true])('runs what people are shown, word for word (read only: %s)', async (readOnly) => {
      await withRig(async (rig, recording, context) => {
        shown.arrange?.(rig)
        const target = { ...rig.target, readOnly }
        const request = mounting.request(backend().config, target)
        const asShown = ({ command, args }: Command): Command => ({
          command,
          args: args.map((arg) => shown.instead.reduce((text, [known, word]) => text.replace(known, word), arg)),
        })
        const open = context()
        await mount(backend(), target, open)
        expect(recording.changes.splice(0).map(asShown)).toEqual(mountCommands(request))
        await unmount(backend(), target, open)
        expect(recording.changes).toEqual(unmountCommands(request))
      })
    })
  }

  it('mounts read only when asked', async () => {
    await withRig(async (rig, _recording, context) => {
      await mount(backend(), { ...rig.target, readOnly: true }, context())
      const entry = rig.host.mounts.list().find(({ target }) => target === rig.target.path)
      expect(entry?.options).toContain('ro')
      const writable = mount(backend(), { ...rig.target, readOnly: false }, context())
      if (descriptor.readOnly) await writable
      else expect((await failureOf(writable)).code).toBe('conflict')
      await unmount(backend(), rig.target, context())
    })
  })

  it('refuses to unmount what is in use, and does so when it is free', async () => {
    await withRig(async (rig, _recording, context) => {
      await mount(backend(), rig.target, context())
      const release = await rig.hold()
      const error = await failureOf(unmount(backend(), rig.target, context()))
      expect([error.code, error.details?.problem]).toEqual(['busy', 'mount.busy'])
      expect(mountedAt(rig)).toBe(1)
      await release()
      await unmount(backend(), rig.target, context())
      expect(mountedAt(rig)).toBe(0)
    })
  })

  if (driver.usage !== undefined) {
    const { usage } = driver
    it('measures in bytes, mounted or not, and never invents a figure', async () => {
      await withRig(async (rig, _recording, context) => {
        await mount(backend(), rig.target, context())
        for (const target of [rig.target, null])
          expectHonest(await usage(backend(), target, context()), descriptor.access)
        await unmount(backend(), rig.target, context())
      })
    })
  }

  describeProof(given, { backend, withRig })

  const { hang } = given
  if (hang !== undefined) {
    it('says so when the storage hangs, within its time, in mount and in test', async () => {
      await withRig(async (rig, recording, context) => {
        await hang(rig)
        const error = await failureOf(mount(backend(), rig.target, context()))
        expect(['timed_out', 'backend_unreachable']).toContain(error.code)
        expect(mountedAt(rig)).toBe(0)
        const steps = await driver.test(backend(), context())
        expect(steps.some(({ status }) => status === 'failed')).toBe(true)
        expect(everythingSaid(recording, error)).not.toBe('')
      })
    })
  }

  for (const { name: what, arrange, act } of given.malformed ?? []) {
    it(`does not take for an answer: ${what}`, async () => {
      await withRig(async (rig, _recording, context) => {
        await mount(backend(), rig.target, context())
        arrange(rig)
        if (act === 'test') {
          const steps = await driver.test(backend(), context())
          expect(steps.some(({ status }) => status === 'failed')).toBe(true)
        } else if (act === 'unmount')
          expect((await failureOf(unmount(backend(), rig.target, context()))).code).toBe('busy')
        else if (act === 'usage') await failureOf(driver.usage?.(backend(), rig.target, context()) ?? Promise.resolve())
        else {
          for (const discover of Object.values(driver.discover ?? {})) await failureOf(discover(backend(), context()))
        }
      })
    })
  }

  it('keeps secrets out of its errors', async () => {
    await withRig(async (rig, recording, context) => {
      const errors: unknown[] = []
      for (const { arrange, config, secrets } of searchedFailures(given)) {
        await arrange?.(rig)
        await mount(backend(config, secrets), rig.target, context()).then(
          () => unmount(backend(config, secrets), rig.target, context()).catch((error: unknown) => errors.push(error)),
          (error: unknown) => errors.push(error),
        )
      }
      if (given.searched !== undefined) expect(errors).not.toEqual([])
      for (const secret of Object.values(given.secrets)) {
        for (const spelling of spellingsOf(secret)) expect(everythingSaid(recording, ...errors)).not.toContain(spelling)
      }
    })
  })
}
