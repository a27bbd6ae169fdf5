import { afterAll, beforeAll } from 'vitest'
import { setProcessBus } from '@/lib/events/process-bus'
import type { TestDatabaseHandle } from '@/testing/database'
import { startTestFleet, type TestFleet } from '@/testing/fleet'

/**
 * A real controller behind the routes of the block, on the same database and bus. Call it after `useTestApi`.
 * Hosts are added with `fleet().addHost()`.
 */
export function useTestFleet(database: TestDatabaseHandle): () => TestFleet {
  let fleet: TestFleet | undefined
  beforeAll(async () => {
    fleet = await startTestFleet(database, { fleetUrl: 'https://fleet.test:3001' })
    setProcessBus(fleet.bus)
  })
  afterAll(() => fleet?.stop())
  return () => {
    if (!fleet) throw new Error('the fleet is there only inside tests and hooks')
    return fleet
  }
}
