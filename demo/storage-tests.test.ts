import { describe, expect, it } from 'vitest'
import { DEMO_BACKENDS } from '@/demo/storages'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { TestStep } from '@/lib/drivers/contract/steps'
import { parseBackendInput } from '@/lib/drivers/input'
import { DRIVER_IDS, type DriverId } from '@/lib/drivers/registry'
import { stepView } from '@/lib/operations/steps'
import { mistakeIn, simulatedType } from '@/testing/simulated-layers'
import { type Condition, SimulatedStorages } from '@/testing/simulated-storages'
import { testSimulated } from '@/testing/simulated-test'

const HOST = 'hst_1'

function backendOf(driver: DriverId): WireBackend {
  const known = DEMO_BACKENDS.find(({ type }) => type === driver)
  if (!known) throw new Error(`the demo has no ${driver}`)
  const { config, secrets } = parseBackendInput(driver, known.config)
  return { id: 'bkd_1', driver, config, secrets: secrets as Record<string, string> }
}

async function run(backend: WireBackend, condition?: Condition) {
  const storages = new SimulatedStorages()
  if (condition) storages.conditionOf = () => condition
  const live: TestStep[] = []
  const answer = await testSimulated(backend, { hostId: HOST, storages, step: (step) => live.push(step) })
  expect(live).toEqual(answer.steps)
  return answer
}

describe.each(DRIVER_IDS)('a simulated test of %s', (driver) => {
  const backend = backendOf(driver)

  it('passes layer by layer, in words of its own', async () => {
    const { success, steps } = await run(backend)
    expect(success).toBe(true)
    expect(steps.map(({ id }) => id)).toContain('capacity')
    expect(steps.length).toBeGreaterThan(3)
  })

  it.each<Condition>(['dead', 'denied', 'broken'])(
    'ends at the layer that meets a storage that is %s',
    async (what) => {
      const { success, steps } = await run(backend, what)
      expect(success).toBe(false)
      const last = steps.at(-1)
      expect(last).toMatchObject({ status: 'failed', problem: expect.any(String) })
      expect(stepView(last as TestStep)).toMatchObject({ advice: expect.stringMatching(/\.$/) })
      expect(steps.slice(0, -1).every(({ status }) => status !== 'failed')).toBe(true)
    },
  )

  it('fails for what a person can mistype', async () => {
    const isLocal = !simulatedType(driver).layers.some(({ id }) => id === 'name')
    const address = isLocal ? '/srv/missing/disk' : 'nas.invalid'
    const met = mistakeIn(backend, address)
    expect(met?.at).toBe(isLocal ? simulatedType(driver).dead.at : 'name')
    expect(mistakeIn({ ...backend, secrets: { any: 'wrong' } }, 'nas.lan')).toBe(simulatedType(driver).denied)
    expect(mistakeIn({ ...backend, secrets: { any: 'right' } }, 'nas.lan')).toBeNull()
  })
})
