import { describe, expect, it } from 'vitest'
import { STEP_IDS } from '@/lib/drivers/contract/steps'
import { parseBackendInput, publicConfig } from '@/lib/drivers/input'
import { PROBLEMS, type ProblemId } from '@/lib/drivers/problems/catalogue'
import type { Problem } from '@/lib/drivers/problems/definition'
import { explain } from '@/lib/drivers/problems/words'
import { driverById } from '@/lib/drivers/registry'
import { describeConnection } from '@/testing/drivers/describe-connection'
import { describeMounting } from '@/testing/drivers/describe-mounting'
import { benchOf, type DriverCase, type DriverRig } from '@/testing/drivers/driver-case'

/** Names of the values that the words of a problem speak of. */
function namesOf(id: ProblemId): string[] {
  const { detail = '', advice, command = '' }: Problem = PROBLEMS[id]
  return [...`${detail}${advice}${command}`.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

/** What every storage type must keep, whatever it is. The same suite runs over the fake host and over real servers. */
export function describeDriver<Rig extends DriverRig>(name: string, given: DriverCase<Rig>): void {
  const { driver } = given
  const descriptor = driverById(driver.id)
  const bench = benchOf(given)
  const { backend, withRig } = bench

  describe(`${name}: contract of ${driver.id}`, () => {
    it('has exactly the methods of its capabilities', () => {
      const methods = {
        mount: driver.mount,
        connect: driver.connect,
        usage: driver.usage,
        discover: driver.discover,
        download: driver.download,
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

    // Which steps write is the same on real servers.
    if (name === 'fake host') {
      it('writes nothing in a test that only reads', async () => {
        await withRig(async (_rig, _recording, context) => {
          const usual = context()
          const written: string[] = []
          const writeReadDelete = async (path: string) => {
            written.push(path)
            return { state: 'ok', durationMs: 1 } as const
          }
          const host = { ...usual.host, probe: { ...usual.host.probe, writeReadDelete } }
          const steps = await driver.test(backend(), { ...usual, host, readsOnly: true })
          expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
          expect(written).toEqual([])
        })
      })
    }

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

    // Real servers are taken away in tests of their own.
    if (name === 'fake host' && driver.mount !== undefined) {
      it('is tried with its server gone', () => expect(given.outage).toBeDefined())
    }

    describeConnection(given, bench)
    describeMounting(given, bench)
  })
}
