import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { ResponseOf } from '@/lib/agent-protocol/verbs'
import type { Met, Simulated } from '@/lib/drivers/contract/samples'
import type { TestStep } from '@/lib/drivers/contract/steps'
import { capacityNote } from '@/lib/drivers/contract/test-run'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { problemFor } from '@/lib/drivers/problems/problem'
import { reportOf } from '@/lib/drivers/problems/report'
import { mistakeIn, simulatedType } from '@/testing/simulated-layers'
import { addressOf, type Condition, type SimulatedStorages } from '@/testing/simulated-storages'

/** At which layer a condition is met, and as which problem. */
function failureOf(condition: Condition, { layers, dead, denied }: Simulated): Met | null {
  switch (condition) {
    case 'dead':
      return dead
    case 'denied':
      return denied
    case 'readOnly':
      return { at: 'write', problem: 'write.read_only' }
    case 'full':
      return { at: 'write', problem: 'write.full' }
    case 'broken':
      return { at: layers.some(({ id }) => id === 'protocol') ? 'protocol' : 'target', problem: 'access.failed' }
    case 'healthy':
    case 'slow':
      return null
  }
}

/** Without what is written, where nothing is to be: it is skipped, and cannot fail. */
function withoutWriting({ layers, ...type }: Simulated): Simulated {
  const skipped = 'This test writes nothing.'
  return { ...type, layers: layers.map((layer) => (layer.id === 'write' ? { ...layer, skipped } : layer)) }
}

export interface SimulatedTestCall {
  hostId: string
  readsOnly?: true | undefined
  storages: SimulatedStorages
  step(step: TestStep): void
}

/** The layers of a real test, up to the one at which this storage fails. */
export async function testSimulated(
  backend: WireBackend,
  { hostId, readsOnly, storages, step }: SimulatedTestCall,
): Promise<ResponseOf<'testBackend'>> {
  const address = addressOf(backend)
  const condition = storages.conditionOf(backend, hostId)
  const whole = simulatedType(backend.driver)
  const type = readsOnly ? withoutWriting(whole) : whole
  const found = mistakeIn(backend, address) ?? failureOf(condition, type)
  const failure = readsOnly && found?.at === 'write' ? null : found
  const port = Number(/:(\d+)$/.exec(address)?.[1] ?? backend.config.port) || type.port
  const factor = condition === 'slow' ? 10 : 1
  const steps: TestStep[] = []
  const usage = storages.usageOf(backend, hostId)
  for (const { id, title, skipped } of type.layers) {
    const fails = failure?.at === id
    const ms = Math.round(storages.stepMs * factor * (0.3 + Math.random()) * (fails && failure === type.dead ? 8 : 1))
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    const shown = id === 'tcp' ? title.replace(String(type.port), String(port)) : title
    const made: TestStep = { id, title: shown, status: 'passed', durationMs: Math.max(ms, 0.4) }
    if (fails && failure) {
      const values: ProblemValues = {
        ...(backend.config as ProblemValues),
        server: address,
        source: address,
        errno: 'EIO',
        port,
      }
      const error = problemFor(failure.problem, values)
      Object.assign(made, { status: 'failed', detail: error.message, ...reportOf(error) })
    } else if (skipped !== undefined) Object.assign(made, { status: 'skipped', detail: skipped })
    else if (id === 'capacity') Object.assign(made, capacityNote(usage))
    steps.push(made)
    step(made)
    if (fails) return { success: false, steps, usage: null }
  }
  return { success: true, steps, usage }
}
