import { beforeEach, describe, expect, test } from 'vitest'
import type { DirectoryHost } from '@/lib/controller/fleet/host-directory'
import { Epoch } from '@/lib/controller/leadership/epoch'
import { ResourceKinds } from '@/lib/controller/resources/kinds'
import { createLocalBus } from '@/lib/events/bus'
import { createLog } from '@/lib/log'
import { useTestDatabase } from '@/testing/database'
import { waitFor } from '@/testing/wait'

describe('a confirmation', () => {
  const database = useTestDatabase()
  const host = { hostId: 'hst_1', address: '', name: 'one', status: 'online' } as DirectoryHost
  const confirmation = { revision: 1, unknown_mounts: 'keep', by: 'ann', at: new Date().toISOString() }

  /** A leader with epoch 5, whose only host was told 9. `taking` is called while the new epoch is being taken. */
  function makeEpoch(taking: () => Promise<void> = async () => undefined) {
    const { prisma } = database
    const seen = { fence: 5, compared: 0 }
    const epoch = new Epoch({
      prisma,
      bus: createLocalBus(),
      directory: {
        get: () => {
          seen.compared++
          return host
        },
        require: () => host,
        all: () => [host],
      },
      kinds: new ResourceKinds([]),
      client: {
        call: async () => ({ fence: 9, generations: {}, resources: {} }) as never,
        send: async () => undefined,
      },
      leadership: {
        fence: () => seen.fence,
        isLeader: () => true,
        async raiseFence(above, work) {
          await prisma.$transaction(async (tx) => {
            await tx.lease.updateMany({ data: { fence: above + 1 } })
            await work(tx, above + 1)
          })
          seen.fence = above + 1
          return seen.fence
        },
      },
      log: createLog('test', 'error', () => undefined),
      audit: async (_tx, { action }) => (action === 'installation.epoch_taken' ? taking() : undefined),
      onFollowed: () => undefined,
    })
    return { epoch, seen }
  }
  const stored = () => database.prisma.setting.count({ where: { key: 'restored' } })
  const confirmIt = () => database.prisma.setting.create({ data: { key: 'restored_confirmed', value: confirmation } })

  beforeEach(async () => {
    await database.prisma.$transaction([database.prisma.setting.deleteMany(), database.prisma.lease.deleteMany()])
    const lease = { name: 'controller/lead', holder: 'me', expiresAt: new Date(), fence: 5 }
    await database.prisma.lease.create({ data: lease })
  })

  test('is not undone by what was compared before it', async () => {
    const gate = Promise.withResolvers<void>()
    const taking = Promise.withResolvers<void>()
    const { epoch, seen } = makeEpoch(() => {
      taking.resolve()
      return gate.promise
    })
    expect(await epoch.isHeld()).toBe(true)
    await confirmIt()
    const followed = epoch.confirmed()
    await taking.promise
    epoch.forget(host.hostId)
    epoch.cameUp(host.hostId)
    await waitFor('the comparison', () => seen.compared === 2)
    gate.resolve()
    await followed
    // In turn with what is written.
    await epoch.confirmed()
    expect(await stored()).toBe(0)
    expect(await epoch.isHeld()).toBe(false)
    expect(await epoch.fence(host.hostId)).toBe(10)
  })

  test('that comes with a backup, or was given to an earlier leader, counts for nothing', async () => {
    expect(await makeEpoch().epoch.isHeld()).toBe(true)
    await confirmIt()
    const { epoch, seen } = makeEpoch()
    expect(await epoch.isHeld()).toBe(true)
    await epoch.confirmed()
    expect(await epoch.isHeld()).toBe(true)
    expect(seen.fence).toBe(5)
  })
})
