import { afterEach, expect, test, vi } from 'vitest'
import { Leadership } from '@/lib/controller/leadership/leadership'
import { createLog } from '@/lib/log'
import { testDatabases } from '@/testing/database'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const log = createLog('test', 'error', () => undefined)
const FAST = { ttlMs: 2_500, renewMs: 150, shards: 8 }
/** Takes what it can get and never renews it, as a process that was suspended. */
const FROZEN = { ...FAST, renewMs: 1_000_000 }
const HOSTS = Array.from({ length: 200 }, (_, index) => `hst_${index}`)

testDatabases('leadership', (database) => {
  const started: Leadership[] = []
  afterEach(async () => {
    for (const leadership of started.splice(0)) await leadership.stop()
    await database.prisma.lease.deleteMany()
  })

  async function start(holder: string, isShared = true, settings = FAST): Promise<Leadership> {
    const leadership = new Leadership({ prisma: database.prisma, holder, isShared, log }, settings)
    started.push(leadership)
    await leadership.start()
    return leadership
  }

  test('one leads, and every host is swept by exactly one', async () => {
    const [a, b] = [await start('a'), await start('b')]
    expect([a.isLeader(), b.isLeader()]).toEqual([true, false])
    expect(() => b.fence()).toThrow('lost the lead')
    await waitFor('even shares', () => {
      const counts = HOSTS.map((id) => Number(a.owns(id)) + Number(b.owns(id)))
      return counts.every((count) => count === 1) && HOSTS.some((id) => b.owns(id)) && HOSTS.some((id) => a.owns(id))
    })
  })

  test('when the leader goes silent another one takes over, with a higher fence and the whole fleet', async () => {
    const a = await start('a', true, FROZEN)
    const fence = a.fence()
    const b = await start('b')
    await waitFor('the takeover', () => b.isLeader() && HOSTS.every((id) => b.owns(id)), 15_000)
    expect(b.fence()).toBeGreaterThan(fence)
    expect(a.isLeader()).toBe(false)
    expect(() => a.fence()).toThrow('lost the lead')
  })

  test('a controller that is alone goes on from its own earlier run at once', async () => {
    await start('same', false, FROZEN)
    const second = await start('same', false)
    expect(second.isLeader()).toBe(true)
    expect(HOSTS.every((id) => second.owns(id))).toBe(true)
  })

  test('who stops gives everything back at once', async () => {
    const a = await start('a')
    await a.stop()
    expect((await start('b')).isLeader()).toBe(true)
  })
})
