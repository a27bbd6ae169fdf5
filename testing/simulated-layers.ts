import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { Met, Simulated } from '@/lib/drivers/contract/samples'
import { isDriverId } from '@/lib/drivers/registry'
import { samplesOf } from '@/testing/drivers/samples'

/** A type that is not known here behaves as a directory. */
export function simulatedType(driver: string): Simulated {
  return samplesOf(isDriverId(driver) ? driver : 'local-dir').simulated
}

/** What people may type to see a test fail: a server that ends in `.invalid`, a directory called `missing`, the secret `wrong`. */
export function mistakeIn({ driver, secrets }: WireBackend, address: string): Met | null {
  const { layers, dead, denied } = simulatedType(driver)
  const hasName = layers.some(({ id }) => id === 'name')
  if (hasName && /\.invalid(:\d+)?(,|$)/.test(address)) return { at: 'name', problem: 'name.not_found' }
  if (!hasName && /(^|\/)missing(\/|$)/.test(address)) return dead
  return Object.values(secrets).includes('wrong') ? denied : null
}
