import { expect, it } from 'vitest'
import type { Command } from '@/lib/drivers/contract/mount-request'
import { mountCommands, unmountCommands } from '@/lib/drivers/mounting/commands'
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
