import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Host } from '@/agent/host/host'
import type { HostKey } from '@/agent/journal/host-key'
import type { AnyHostDriver, Proof } from '@/lib/drivers/contract/host'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { testId } from '@/testing/ids'
import { ManagedMount } from './managed-mount'
import { Proofs } from './proofs'

const TIMING = { everyMs: 30_000, againMs: 5_000, firstMs: 2_000, limitMs: 10_000 }
const GONE = () => new ProblemError('network.timed_out', { server: 'storage.example.com', port: 443 })
const REFUSED = () =>
  new ProblemError('http.wrong_credentials', { url: 'https://storage.example.com', status: 'HTTP 401' })

/** Looks that were taken, by bucket, and what each is answered. */
let asked: string[]
let answer: (bucket: string) => Promise<Proof>
let told: string[]
let proofs: Proofs
/** A mount that is there, of this bucket. */
let mounted: (bucket: string, name?: string, server?: string) => ManagedMount

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  asked = []
  told = []
  answer = async () => 'proven'
  const driver = {
    id: 'web',
    proof: {
      server: ({ server }: Record<string, unknown>) => String(server),
      look: ({ config }: { config: Record<string, unknown> }) => {
        asked.push(String(config.bucket))
        return answer(String(config.bucket))
      },
    },
  } as unknown as AnyHostDriver
  const parts = {
    host: { open: () => ({ host: {}, redactor: {} }) } as unknown as Host,
    key: { hash: (value: unknown) => JSON.stringify(value) } as unknown as HostKey,
    stop: new AbortController().signal,
    open: (wire: { id: string; config: Record<string, unknown> }) => ({
      driver,
      backend: { id: wire.id, config: wire.config, secrets: {} },
    }),
  }
  const onChanged = (mount: ManagedMount) => told.push(`${mount.path} ${mount.proof?.kind ?? 'unknown'}`)
  proofs = new Proofs(parts, onChanged, TIMING)
  mounted = (bucket, name = bucket, server = 'https://storage.example.com') => {
    const backend = { id: testId('backend', bucket), driver: 'web', config: { server, bucket }, secrets: {} }
    const document = {
      mountId: testId('mount', name),
      backend,
      mountPoint: `/mnt/${name}`,
      readOnly: false,
      autoMount: true,
      desiredState: 'mounted' as const,
    }
    const note = { appliedHash: null, abandonedBoot: null }
    const mount = new ManagedMount({ document, generation: 1, previous: null, removing: false, note } as never)
    mount.truth = { kind: 'ours', entry: {} } as never
    mount.servedBy = parts.open(backend)
    return mount
  }
})
afterEach(() => {
  proofs.stop()
  vi.useRealTimers()
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

it('takes no single lost answer for an outage, and tells an outage and its end within a minute', async () => {
  const mount = mounted('a')
  proofs.watch(mount)
  await pass(2_000)
  expect(told).toEqual(['/mnt/a good'])
  let left = 1
  answer = async () => {
    if (left-- > 0) throw GONE()
    return 'proven'
  }
  await pass(60_000)
  expect(told).toEqual(['/mnt/a good'])
  answer = async () => {
    throw GONE()
  }
  await pass(60_000)
  expect(told).toEqual(['/mnt/a good', '/mnt/a failed'])
  answer = async () => 'proven'
  await pass(60_000)
  expect(told).toEqual(['/mnt/a good', '/mnt/a failed', '/mnt/a good'])
})

it('shares a look among mounts of the same storage, and goes on when one of them leaves', async () => {
  const [one, two] = [mounted('a', 'one'), mounted('a', 'two')]
  for (const mount of [one, two]) proofs.watch(mount)
  await pass(2_000)
  expect([asked, told]).toEqual([['a'], ['/mnt/one good', '/mnt/two good']])
  one.truth = { kind: 'absent' }
  proofs.leave(one)
  answer = async () => {
    throw REFUSED()
  }
  await pass(60_000)
  expect(told.slice(2)).toEqual(['/mnt/two failed'])
})

it('asks one server for one thing at a time, and for nothing more when nobody reaches it', async () => {
  const mounts = ['a', 'b', 'c'].map((bucket) => mounted(bucket))
  const other = mounted('other', 'other', 'https://elsewhere.example.com')
  const gate = Promise.withResolvers<Proof>()
  answer = (bucket) => (bucket === 'other' ? Promise.resolve('proven') : gate.promise)
  for (const mount of [...mounts, other]) proofs.watch(mount)
  await pass(2_000)
  expect(asked.filter((bucket) => bucket !== 'other')).toHaveLength(1)
  expect(told).toEqual(['/mnt/other good'])
  gate.reject(GONE())
  await pass(0)
  expect(asked.filter((bucket) => bucket !== 'other')).toHaveLength(1)
  answer = async () => {
    throw GONE()
  }
  await pass(10_000)
  expect(told.filter((line) => line.endsWith('failed')).toSorted()).toEqual(
    ['a', 'b', 'c'].map((name) => `/mnt/${name} failed`),
  )
})

it('asks each for itself what a server refuses', async () => {
  const gate = Promise.withResolvers<Proof>()
  answer = () => gate.promise
  for (const bucket of ['a', 'b']) proofs.watch(mounted(bucket))
  await pass(2_000)
  gate.reject(REFUSED())
  await pass(0)
  expect(asked.toSorted()).toEqual(['a', 'b'])
})

it('leaves open what a storage cannot tell, and does not ask more often for it', async () => {
  const mount = mounted('a')
  answer = async () => 'unknown'
  for (let second = 0; second < 120; second++) {
    // The table of mounts is compared now and then.
    proofs.watch(mount)
    await pass(1_000)
  }
  expect(mount.proof).toBeNull()
  expect(asked.length).toBeLessThanOrEqual(6)
})
