import { beforeEach, describe, expect, it } from 'vitest'
import { KEEPER_LEASE_MS } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import { waitFor } from '@/testing/wait'
import { KeeperLeases } from './keeper-leases'

const POOL = 'pol_1'
let now = 0
let leases: KeeperLeases
const said: string[] = []
const ready = (signal = new AbortController().signal) => leases.right(POOL).ready(signal, (line) => said.push(line))

beforeEach(() => {
  now = 1_000_000
  said.length = 0
  leases = new KeeperLeases(() => now)
})

describe('the right to change what other hosts read', () => {
  it('is there from the loan to its end, counted from the moment that the host had named', async () => {
    leases.keep(POOL, 4)
    const stamp = leases.stamp()
    now += 20_000
    leases.lend(POOL, stamp)
    expect(await ready()).toBe(4)
    now += KEEPER_LEASE_MS - 20_001
    expect(await ready()).toBe(4)
    now += 1
    expect(leases.right(POOL).begin(4, async () => 'done')).toBeNull()
    const cancelled = new AbortController()
    const waiting = ready(cancelled.signal)
    await waitFor('the words', () => said.length === 1)
    cancelled.abort(new HoldfastError('cancelled', 'Enough.'))
    await expect(waiting).rejects.toThrow('Enough.')
  })

  it('waits for the controller, and goes on as soon as that is back', async () => {
    leases.keep(POOL, 4)
    const waiting = ready()
    await waitFor('the words', () => said.length === 1)
    leases.lend(POOL, leases.stamp())
    expect(await waiting).toBe(4)
  })

  it('is not that of an agent before this one, of another pool, or of a word that is none', async () => {
    const before = new KeeperLeases(() => now)
    leases.keep(POOL, 4)
    for (const stamp of [before.stamp(), 'x', `${leases.stamp()}e9`, leases.stamp().replace(/\d+$/, '-1')])
      leases.lend(POOL, stamp)
    leases.lend('pol_2', leases.stamp())
    expect([leases.right(POOL).begin(4, async () => 0), leases.kept()]).toEqual([null, [POOL]])
  })

  it('ends at once when another host is the keeper, also for whoever waits', async () => {
    leases.keep(POOL, 4)
    const waiting = ready()
    leases.forget(POOL)
    await expect(waiting).rejects.toMatchObject({ code: 'conflict' })
    leases.keep(POOL, 5)
    leases.lend(POOL, leases.stamp())
    expect(leases.right(POOL).begin(4, async () => 0)).toBeNull()
    expect(await leases.right(POOL).begin(5, async () => 'done')).toBe('done')
  })

  it('is given back when what was begun has ended, well or not', async () => {
    leases.keep(POOL, 4)
    leases.lend(POOL, leases.stamp())
    const end = Promise.withResolvers<void>()
    const begun = leases.right(POOL).begin(4, () => end.promise)
    leases.forget(POOL)
    let isSettled = false
    const settled = leases.settled(POOL).then(() => {
      isSettled = true
    })
    await Promise.resolve()
    expect(isSettled).toBe(false)
    end.reject(new HoldfastError('command_failed', 'LVM said no.'))
    await expect(begun).rejects.toThrow('LVM said no.')
    await settled
    await leases.settled(POOL)
  })
})
