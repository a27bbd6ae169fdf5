import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { expect, test, vi } from 'vitest'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { setUpPackagedAgent } from '@/testing/agent/packaged-agent'
import { testId } from '@/testing/ids'

/** The packaged agent as root on this kernel: what a controller sees of real bind mounts, over mutual TLS. */

const rig = setUpPackagedAgent()

test('mounted, seen, unmounted from outside, kept over a restart, removed', async () => {
  const startedAt = performance.now()
  const mounted = await rig.command('applyMount', 1, { mount: rig.wanted() })
  const took = performance.now() - startedAt
  expect(mounted, JSON.stringify(mounted)).toMatchObject({
    type: 'result',
    result: { state: 'mounted', generation: 1 },
  })
  expect(rig.isMounted()).toBe(true)
  writeFileSync(rig.path('mnt/a/file'), 'x')
  expect(readFileSync(rig.path('data/file'), 'utf8')).toBe('x')
  expect((await rig.status())?.state).toBe('mounted')

  const events = rig.follow()
  await vi.waitFor(() => expect(events.seen.at(-1)?.state).toBe('mounted'))
  const unmountedAt = performance.now()
  execFileSync('umount', [rig.path('mnt/a')])
  await vi.waitFor(() => expect(events.seen.some((event) => event.state !== 'mounted')).toBe(true), { timeout: 5_000 })
  const noticed = (events.seen.find((event) => event.state !== 'mounted')?.at ?? 0) - unmountedAt
  events.close()
  // Whoever unmounted it may have had a reason: the controller decides. A restart brings back what is to be there.
  await rig.command('applyMount', 2, { mount: rig.wanted() })
  await rig.stop('SIGKILL')
  expect(rig.isMounted()).toBe(true)
  execFileSync('umount', [rig.path('mnt/a')])
  await rig.start()
  await vi.waitFor(() => expect(rig.isMounted()).toBe(true), { timeout: 15_000 })
  await vi.waitFor(async () => expect((await rig.status())?.state).toBe('mounted'), { timeout: 10_000 })

  const removed = await rig.command('removeMount', 3, { mountId: testId('mount', '1'), abandon: false })
  expect(removed, JSON.stringify(removed)).toMatchObject({ type: 'result', result: { removed: true } })
  expect(rig.isMounted()).toBe(false)
  expect(await rig.status()).toBeUndefined()
  process.stdout.write(
    `first bind mount over a new TLS connection ${took.toFixed(1)} ms; an outside umount in the event stream after ${noticed.toFixed(1)} ms\n`,
  )
})

test('killed three times in a row it comes back each time, with its mount', { timeout: 120_000 }, () => comesBack(3))
test('killed ten times in a row it comes back too', { tags: 'full', timeout: 240_000 }, () => comesBack(10))

async function comesBack(kills: number): Promise<void> {
  await rig.command('applyMount', 1, { mount: rig.wanted() })
  for (let deaths = 1; deaths <= kills; deaths++) {
    await rig.stop('SIGKILL')
    expect(rig.isMounted()).toBe(true)
    await rig.start()
  }
  await vi.waitFor(async () => expect((await rig.status())?.state).toBe('mounted'), { timeout: 10_000 })
  const removal = { mountId: testId('mount', '1'), abandon: false }
  expect(await rig.command('removeMount', 2, removal)).toMatchObject({ result: { removed: true } })
}

test('a mount call over an open connection, beside mount --bind alone', async () => {
  const rounds = 15
  let calls = 0
  const ours: number[] = []
  const bare: number[] = []
  mkdirSync(rig.path('bare'))
  const keepAlive = new Agent({
    keepAlive: true,
    ca: rig.fleet.certificate,
    cert: rig.controller.certificate,
    key: rig.controller.key,
  })
  const put = (body: string): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const { method, path: url } = VERBS.applyMount
    const call = request(
      {
        host: '127.0.0.1',
        port: rig.port,
        method,
        path: url,
        agent: keepAlive,
        checkServerIdentity: () => undefined,
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve(text))
      },
    )
    call.on('error', reject)
    call.end(body)
    return promise
  }
  for (let i = 1; i <= rounds; i++) {
    for (const desiredState of ['mounted', 'unmounted'] as const) {
      const envelope = {
        operationId: testId('operation', `m${++calls}`),
        resourceId: testId('mount', '1'),
        generation: calls,
        fence: 1,
        ttlMs: 60_000,
      }
      const body = JSON.stringify({ ...envelope, mount: rig.wanted({ desiredState }) })
      const startedAt = performance.now()
      const text = await put(body)
      if (desiredState === 'mounted') ours.push(performance.now() - startedAt)
      expect(text).toContain('"type":"result"')
      expect(rig.isMounted()).toBe(desiredState === 'mounted')
    }
    const startedAt = performance.now()
    execFileSync('mount', ['--bind', rig.path('data'), rig.path('bare')])
    bare.push(performance.now() - startedAt)
    execFileSync('umount', [rig.path('bare')])
  }
  keepAlive.destroy()
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  process.stdout.write(
    `verified bind mount through the agent ${median(ours).toFixed(1)} ms (median of ${rounds}), mount --bind alone ${median(bare).toFixed(1)} ms, ratio ${(median(ours) / median(bare)).toFixed(1)} (goal of the call <= 15 ms)\n`,
  )
})
