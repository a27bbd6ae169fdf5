import { expect, it } from 'vitest'
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

/** What a storage must keep that is connected, not mounted. */
export function describeConnection<Rig extends DriverRig>(
  given: DriverCase<Rig>,
  { backend, withRig }: Bench<Rig>,
): void {
  const { driver } = given
  const { connect, disconnect, usage } = driver
  if (connect === undefined || disconnect === undefined) return

  it('connects twice and disconnects twice with the same end, and leaves nothing behind', async () => {
    await withRig(async (rig, _recording, context) => {
      const [first, second] = [await connect(backend(), context()), await connect(backend(), context())]
      expect(second).toEqual(first)
      expect(first.summary).toMatch(/\S/)
      if (first.usage !== null) expectHonest(first.usage, 'block')
      if (usage !== undefined) expectHonest(await usage(backend(), null, context()), 'block')
      for (const _round of [1, 2]) {
        await disconnect(backend(), context())
        expect(await rig.traces?.()).toEqual([])
      }
      if (usage !== undefined) expectHonest(await usage(backend(), null, context()), 'block')
      expect(await rig.traces?.()).toEqual([])
    })
  })

  it('disconnects without its secrets', async () => {
    await withRig(async (rig, _recording, context) => {
      await connect(backend(), context())
      await disconnect(backend({}, {}), context())
      expect(await rig.traces?.()).toEqual([])
    })
  })

  it('refuses to disconnect what is in use, and does so when it is free', async () => {
    await withRig(async (rig, _recording, context) => {
      await connect(backend(), context())
      const release = await rig.hold()
      expect((await failureOf(disconnect(backend(), context()))).code).toBe('busy')
      await release()
      await disconnect(backend(), context())
      expect(await rig.traces?.()).toEqual([])
    })
  })

  const { hang } = given
  if (hang !== undefined) {
    it('says so when the storage hangs, within its time, in connect and in test', async () => {
      await withRig(async (rig, _recording, context) => {
        await hang(rig)
        const error = await failureOf(connect(backend(), context()))
        expect(['timed_out', 'backend_unreachable']).toContain(error.code)
        const steps = await driver.test(backend(), context())
        expect(steps.some(({ status }) => status === 'failed')).toBe(true)
      })
    })
  }

  for (const { name, arrange, act } of given.malformed ?? []) {
    it(`does not take for an answer: ${name}`, async () => {
      await withRig(async (rig, _recording, context) => {
        await connect(backend(), context())
        arrange(rig)
        if (act === 'test') {
          const steps = await driver.test(backend(), context())
          expect(steps.some(({ status }) => status === 'failed')).toBe(true)
        } else if (act === 'connect') await failureOf(connect(backend(), context()))
        else if (act === 'usage') await failureOf(driver.usage?.(backend(), null, context()) ?? Promise.resolve())
        else {
          const asked = Object.values(driver.discover ?? {}).slice(0, 1)
          for (const discover of asked) await failureOf(discover(backend(), context()))
        }
      })
    })
  }

  it('keeps secrets out of its errors', async () => {
    const cases = searchedFailures(given)
    expect(cases).not.toEqual([])
    for (const { arrange, config, secrets } of cases) {
      await withRig(async (rig, recording, context) => {
        await arrange?.(rig)
        const work = connect(backend(config, secrets), context())
        const error: unknown = await work.catch((thrown: unknown) => thrown)
        for (const secret of Object.values({ ...given.secrets, ...secrets })) {
          for (const spelling of spellingsOf(secret)) expect(everythingSaid(recording, error)).not.toContain(spelling)
        }
      })
    }
  })
}
