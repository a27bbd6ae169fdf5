import { describe, expect, it } from 'vitest'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import type { AnyHostDriver, HostBackend, OperationContext } from '@/lib/drivers/contract/host'
import type { Command, MountTarget } from '@/lib/drivers/contract/mount-request'
import { STEP_IDS, type StepId } from '@/lib/drivers/contract/steps'
import type { Usage } from '@/lib/drivers/contract/values'
import { parseBackendInput, publicConfig, toHostBackend } from '@/lib/drivers/input'
import { mountCommands, unmountCommands } from '@/lib/drivers/mounting/commands'
import { PROBLEMS, type ProblemId } from '@/lib/drivers/problems/catalogue'
import type { Problem } from '@/lib/drivers/problems/definition'
import { explain } from '@/lib/drivers/problems/words'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { newRecording, type Recording, recordingContext, spellingsOf } from '@/testing/drivers/recording'

/** One machine (fake or real) with the storage of the case on it. */
export interface DriverRig {
  host: DriverHost
  target: MountTarget
  /** Keeps the mounted target in use; resolves to its release. */
  hold(): Promise<() => Promise<void>>
  /** What a connection leaves on the host, for types that are connected: empty before and after. */
  traces?(): Promise<string[]>
  close(): Promise<void>
}

/** A way in which the storage or the settings are wrong, and what the test of the backend must say about it. */
export interface FailureCase<Rig extends DriverRig> {
  name: string
  arrange?(rig: Rig): Promise<void> | void
  config?: Record<string, unknown>
  secrets?: Record<string, string>
  step: StepId
  problem: ProblemId
  /** Values that its words speak of and that nobody knows in this case. */
  unknown?: readonly string[]
}

export interface DriverCase<Rig extends DriverRig> {
  driver: AnyHostDriver
  config: Record<string, unknown>
  secrets: Record<string, string>
  rig(): Promise<Rig>
  failures: readonly FailureCase<Rig>[]
  /** The failures whose errors of a mount or connection are searched for secrets, by their step: all unless told. Real servers take long to fail. */
  searched?: readonly StepId[]
  /** Makes the storage hang from now on. Without it, the deadline tests are for another rig. */
  hang?(rig: Rig): Promise<void> | void
  /** Outputs that no known version prints, and the call that must not take them for an answer. */
  malformed?: readonly {
    name: string
    arrange(rig: Rig): void
    act: 'test' | 'discover' | 'usage' | 'unmount' | 'connect'
  }[]
  /**
   * Of a type that is mounted: what people see in place of what only the host knows, such as a path in its memory. `arrange` makes the
   * host one for which the commands are as shown. On real servers it is left out.
   */
  shown?: { instead: readonly (readonly [RegExp, string])[]; arrange?(rig: Rig): void }
  /** Milliseconds for one operation. */
  limitMs: number
}

async function failureOf(work: Promise<unknown>): Promise<HoldfastError> {
  try {
    await work
  } catch (error) {
    if (error instanceof HoldfastError) return error
    throw error
  }
  throw new Error('expected a failure')
}

function everythingSaid(recording: Recording, ...errors: unknown[]): string {
  const printed = errors.map((error) =>
    error instanceof HoldfastError
      ? JSON.stringify([error.message, error.details, error.fields, error.stack])
      : String(error),
  )
  return JSON.stringify(recording) + printed.join('\n')
}

/** Names of the values that the words of a problem speak of. */
function namesOf(id: ProblemId): string[] {
  const { detail = '', advice, command = '' }: Problem = PROBLEMS[id]
  return [...`${detail}${advice}${command}`.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

/** Whole bytes or unknown; an object store has no capacity. */
function expectHonest({ totalBytes, usedBytes, availableBytes }: Usage, access: string): void {
  for (const figure of [totalBytes, usedBytes, availableBytes]) {
    expect(figure === null || (Number.isSafeInteger(figure) && figure >= 0)).toBe(true)
  }
  if (totalBytes !== null) expect(totalBytes).toBeGreaterThan(0)
  if (access === 'object') expect([totalBytes, availableBytes]).toEqual([null, null])
}

type Backend = (config?: Record<string, unknown>, secrets?: Record<string, string>) => HostBackend
type WithRig<Rig> = (
  work: (rig: Rig, recording: Recording, context: () => OperationContext) => Promise<void>,
) => Promise<void>

function searchedFailures<Rig extends DriverRig>({ failures, searched }: DriverCase<Rig>): FailureCase<Rig>[] {
  return failures.filter(({ step }) => searched === undefined || searched.includes(step))
}

/** What a storage must keep that is connected, not mounted. */
function describeConnection<Rig extends DriverRig>(
  driver: AnyHostDriver,
  given: DriverCase<Rig>,
  backend: Backend,
  withRig: WithRig<Rig>,
): void {
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

/** What every storage type must keep, whatever it is. The same suite runs over the fake host and over real servers. */
export function describeDriver<Rig extends DriverRig>(name: string, given: DriverCase<Rig>): void {
  const { driver } = given
  const descriptor = driverById(driver.id)

  function backend(config: Record<string, unknown> = {}, secrets = given.secrets): HostBackend {
    return toHostBackend('bkd_contract', driver.id, { ...given.config, ...config }, secrets)
  }

  async function withRig(
    work: (rig: Rig, recording: Recording, context: () => OperationContext) => Promise<void>,
  ): Promise<void> {
    const rig = await given.rig()
    const recording = newRecording()
    try {
      await work(rig, recording, () => recordingContext(rig.host, recording, given.limitMs))
      for (const secret of Object.values(given.secrets)) {
        for (const spelling of spellingsOf(secret)) expect(everythingSaid(recording)).not.toContain(spelling)
      }
      const left = new Set(recording.scratches)
      expect(rig.host.mounts.list().filter(({ target }) => left.has(target))).toEqual([])
      const names = new Set(recording.commands.map(({ command }) => command))
      expect(descriptor.hostCommands).toEqual(expect.arrayContaining([...names]))
    } finally {
      await rig.close()
    }
  }

  function mountedAt(rig: Rig): number {
    return rig.host.mounts.list().filter((entry) => entry.target === rig.target.path).length
  }

  describe(`${name}: contract of ${driver.id}`, () => {
    it('has exactly the methods of its capabilities', () => {
      const methods = {
        mount: driver.mount,
        connect: driver.connect,
        usage: driver.usage,
        discover: driver.discover,
      }
      for (const [capability, method] of Object.entries(methods)) {
        expect([capability, method !== undefined]).toEqual([
          capability,
          descriptor.capabilities.some((c) => c === capability),
        ])
      }
      expect(Object.keys(driver.discover ?? {})).toEqual(Object.keys(descriptor.discoveries))
    })

    it('shows its secrets in no source line, preview or view', () => {
      const { config, secrets } = parseBackendInput(driver.id, { ...given.config, ...given.secrets })
      expect(secrets).toEqual(given.secrets)
      const shown = [
        descriptor.describeSource(config),
        JSON.stringify(descriptor.mounting?.request(config, { mountId: 'mnt_x', path: '/mnt/x', readOnly: false })),
        JSON.stringify(descriptor.connecting?.connect(config, { backendId: 'bkd_x', hostId: 'hst_x' })),
        JSON.stringify(descriptor.connecting?.disconnect(config, { backendId: 'bkd_x', hostId: 'hst_x' })),
        JSON.stringify(publicConfig(driver.id, { ...config, ...secrets })),
      ].join('\n')
      expect(descriptor.describeSource(config)).toMatch(/\S/)
      for (const secret of Object.values(given.secrets)) expect(shown).not.toContain(secret)
    })

    it('passes the test of a good backend, layer by layer, and leaves nothing behind', async () => {
      await withRig(async (rig, recording, context) => {
        const steps = await driver.test(backend(), context())
        expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
        const order = steps.map(({ id }) => STEP_IDS.indexOf(id))
        expect(order).toEqual([...order].sort((a, b) => a - b))
        expect(new Set(order).size).toBe(order.length)
        expect(recording.steps).toEqual(steps)
        expect(await rig.traces?.()).toEqual(rig.traces && [])
      })
    })

    it.each(given.failures)(
      'says what is wrong: $name',
      async ({ arrange, config, secrets, step, problem, unknown }) => {
        await withRig(async (rig, _recording, context) => {
          await arrange?.(rig)
          const steps = await driver.test(backend(config, secrets), context())
          const failed = steps.filter(({ status }) => status === 'failed')
          expect(failed.map(({ id, problem: found }) => [id, found])).toEqual([[step, problem]])
          const { title, advice } = explain(problem, failed[0]?.values ?? {})
          expect(title).toMatch(/\S/)
          expect(advice).toMatch(/^[^{]*\S\.$/)
          const named = [...Object.keys(failed[0]?.values ?? {}), ...(unknown ?? [])]
          expect(named).toEqual(expect.arrayContaining(namesOf(problem)))
          expect(await rig.traces?.()).toEqual(rig.traces && [])
        })
      },
    )

    if (driver.connect !== undefined) describeConnection(driver, given, backend, withRig)

    if (driver.mount === undefined || driver.unmount === undefined || driver.expect === undefined) return
    const {
      mount,
      unmount,
      expect: expected,
    } = {
      mount: driver.mount,
      unmount: driver.unmount,
      expect: driver.expect,
    }

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
          else if (act === 'usage')
            await failureOf(driver.usage?.(backend(), rig.target, context()) ?? Promise.resolve())
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
            () =>
              unmount(backend(config, secrets), rig.target, context()).catch((error: unknown) => errors.push(error)),
            (error: unknown) => errors.push(error),
          )
        }
        if (given.searched !== undefined) expect(errors).not.toEqual([])
        for (const secret of Object.values(given.secrets)) {
          for (const spelling of spellingsOf(secret))
            expect(everythingSaid(recording, ...errors)).not.toContain(spelling)
        }
      })
    })
  })
}
