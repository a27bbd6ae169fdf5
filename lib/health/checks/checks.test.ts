import { describe, expect, it } from 'vitest'
import { type DatabaseFacts, databaseCheck } from '@/lib/health/checks/database'
import { type AgentFacts, certificatesCheck, hostsCheck } from '@/lib/health/checks/fleet'
import { type ControllerFacts, controllerCheck, webCheck } from '@/lib/health/checks/processes'
import { operationsCheck, type QueueFacts, type SecretFacts, secretsCheck } from '@/lib/health/checks/work'
import type { HealthCheck, Pulse } from '@/lib/health/schema'
import { namesInWords } from '@/lib/health/verdict'

const NOW = new Date('2026-11-29T12:00:00Z')
const at = (ms: number) => new Date(NOW.getTime() + ms)
const iso = (ms: number) => at(ms).toISOString()
const [MINUTE, DAY] = [60_000, 86_400_000]
const GIB = 1024 ** 3

const PROCESS = {
  pid: 1,
  version: '1.2.0',
  started_at: iso(-DAY),
  rss_bytes: 1e8,
  heap_used_bytes: 5e7,
  heap_limit_bytes: 2e9,
  event_loop: { mean_ms: 1, p99_ms: 10, max_ms: 40 },
}
const PULSE: Pulse = {
  at: iso(-5_000),
  every_ms: 10_000,
  is_leader: true,
  process: PROCESS,
  sweep: { at: iso(-10_000), asked: 50, answered: 48, duration_ms: 900, every_ms: 15_000 },
  certificates: { authority: iso(3000 * DAY), controller: iso(5 * DAY), fleet_port: iso(5 * DAY) },
  sealing_keys: ['key-1'],
}

/** Every trouble says what to do, and nothing else does. */
function judged({ state, summary, advice }: HealthCheck): [string, string] {
  expect(summary).not.toBe('')
  expect(advice === null, summary).toBe(state === 'ok')
  return [state, summary]
}

describe('the controller', () => {
  const facts: ControllerFacts = { now: NOW, isAlive: true, pulses: [PULSE], held: 'ok', webVersion: '1.2.0' }
  const pulse = (over: Partial<Pulse>) => ({ pulses: [{ ...PULSE, ...over }] })
  const { sweep } = PULSE
  it.each<[string, Partial<ControllerFacts>, string, RegExp]>([
    ['well', {}, 'ok', /watches the hosts/],
    ['gone', { isAlive: false }, 'failing', /No controller runs/],
    ['not heard of', { pulses: [] }, 'unknown', /has not told yet/],
    ['silent', pulse({ at: iso(-2 * MINUTE) }), 'failing', /said nothing for 2 min/],
    ['behind its hosts', { held: 'The database is behind the hosts.' }, 'failing', /behind the hosts/],
    ['of another version', { webVersion: '1.3.0' }, 'attention', /version 1\.2\.0, and the web process 1\.3\.0/],
    [
      'without a sweep',
      pulse({ sweep: sweep && { ...sweep, at: iso(-3 * MINUTE) } }),
      'failing',
      /asked last 3 min ago/,
    ],
    ['slow to sweep', pulse({ sweep: sweep && { ...sweep, duration_ms: 31_000 } }), 'attention', /takes 31 s/],
    ['just started', pulse({ sweep: null }), 'ok', /watches/],
    [
      'late',
      pulse({ process: { ...PROCESS, event_loop: { mean_ms: 90, p99_ms: 800, max_ms: 900 } } }),
      'attention',
      /waits for 800 ms/,
    ],
    [
      'late while it starts',
      pulse({
        process: { ...PROCESS, started_at: iso(-9_000), event_loop: { mean_ms: 90, p99_ms: 800, max_ms: 900 } },
      }),
      'ok',
      /watches/,
    ],
    ['out of memory', pulse({ process: { ...PROCESS, heap_used_bytes: 1.9e9 } }), 'attention', /memory/],
  ])('that is %s', (_what, over, state, words) => {
    const [found, summary] = judged(controllerCheck({ ...facts, ...over }))
    expect(found).toBe(state)
    expect(summary).toMatch(words)
  })

  it('is judged by the one that leads', () => {
    const other = { ...PULSE, is_leader: false, at: iso(0), process: { ...PROCESS, version: '1.1.0' } }
    const check = controllerCheck({ ...facts, pulses: [other, PULSE] })
    expect(check.state).toBe('ok')
    expect(check.facts).toContainEqual({ name: 'Controllers', value: 2, unit: 'count' })
  })
})

it('the web process tells of rights that it should not have', () => {
  const facts = { now: NOW, process: PROCESS, node: '24.0.0', rights: null }
  expect(judged(webCheck(facts))[0]).toBe('ok')
  expect(judged(webCheck({ ...facts, rights: 'Whoever gets in gets everything.' }))[0]).toBe('attention')
})

describe('the database', () => {
  const facts: DatabaseFacts = {
    provider: 'sqlite',
    version: 'SQLite 3.50.4',
    sizeBytes: 1e8,
    walBytes: 1e6,
    answeredInMs: 1,
    refusal: null,
    migration: { name: '20260101_init', at: NOW },
    directory: '/srv/state',
    freeBytes: 50 * GIB,
  }
  it.each<[string, Partial<DatabaseFacts>, string, RegExp]>([
    ['well', {}, 'ok', /takes writes/],
    ['of unknown free space', { freeBytes: null }, 'ok', /takes writes/],
    ['short of space', { freeBytes: GIB / 2 }, 'attention', /Only 512 MiB are free in \/srv\/state/],
    ['full', { freeBytes: 1024 }, 'failing', /Only 1\.00 KiB/],
    ['unwritable', { refusal: 'The disk of /srv/state is full.' }, 'failing', /is full/],
    ['with a long log', { walBytes: 2 * GIB }, 'attention', /grown to 2\.00 GiB/],
    ['slow', { answeredInMs: 2_500 }, 'attention', /took 3 s/],
    ['without a log', { provider: 'postgresql', walBytes: null }, 'ok', /takes writes/],
  ])('that is %s', (_what, over, state, words) => {
    const check = databaseCheck({ ...facts, ...over })
    const [found, summary] = judged(check)
    expect(found).toBe(state)
    expect(summary).toMatch(words)
    expect(check.facts.some(({ name }) => name === 'Write-ahead log')).toBe(over.provider === undefined)
  })
})

describe('operations', () => {
  const facts: QueueFacts = { now: NOW, queued: 0, running: 0, paused: 0, oldestQueuedAt: null }
  it.each<[string, Partial<QueueFacts>, string, RegExp]>([
    ['none', {}, 'ok', /Nothing waits/],
    ['some', { running: 2, queued: 1, oldestQueuedAt: at(-5_000) }, 'ok', /being carried out/],
    [
      'one that waits',
      { queued: 1, oldestQueuedAt: at(-2 * MINUTE) },
      'attention',
      /An operation waits, the first for 2 min/,
    ],
    ['many that wait', { queued: 9, oldestQueuedAt: at(-30 * MINUTE) }, 'failing', /9 operations wait/],
    ['a paused rollout', { paused: 1 }, 'attention', /A rollout is paused and waits/],
  ])('%s', (_what, over, state, words) => {
    const [found, summary] = judged(operationsCheck({ ...facts, ...over }))
    expect(found).toBe(state)
    expect(summary).toMatch(words)
  })
})

describe('agents', () => {
  const agent = (name: string, over: Partial<AgentFacts> = {}): AgentFacts => ({
    name,
    status: 'online',
    version: '1.2.0',
    protocol: 2,
    isOutdated: false,
    ...over,
  })
  const away = { status: 'offline' as const }
  const old = { protocol: 1, isOutdated: true }
  it.each<[string, AgentFacts[], string, RegExp]>([
    ['none', [], 'ok', /no hosts yet/],
    ['all well', [agent('a'), agent('b')], 'ok', /All 2 hosts answer/],
    ['one away', [agent('a'), agent('b', away)], 'attention', /1 of 2 hosts does not answer: b\./],
    ['all away', [agent('a', away)], 'failing', /1 of 1 host does not answer/],
    ['an old one', [agent('a'), agent('b', old)], 'attention', /1 agent speaks an older protocol: b\./],
    ['one', [agent('a')], 'ok', /The host answers/],
    [
      'not heard yet',
      [agent('a'), agent('b', { status: 'unknown' })],
      'unknown',
      /1 of 2 hosts has not been heard of yet: b/,
    ],
    [
      'away and not heard yet',
      [agent('a', away), agent('b', { status: 'unknown' })],
      'attention',
      /1 of 2 hosts does not answer: a/,
    ],
  ])('%s', (_what, agents, state, words) => {
    const [found, summary] = judged(hostsCheck(agents, 2))
    expect(found).toBe(state)
    expect(summary).toMatch(words)
  })

  it('are counted by protocol', () => {
    const { facts } = hostsCheck([agent('a'), agent('b', old), agent('c', { protocol: null, version: null })], 2)
    expect(facts.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Hosts: 3',
      'Do not answer: 0',
      'Protocol 2: 1',
      'Protocol 1: 1',
      'Protocol not told: 1',
      'Newest protocol: 2',
      'Versions: 1.2.0',
    ])
  })
})

describe('certificates', () => {
  const own = PULSE.certificates
  const hosts = [{ name: 'nas1', notAfter: at(20 * DAY) }]
  it.each<[string, Parameters<typeof certificatesCheck>[0], string, RegExp]>([
    ['well', { now: NOW, own, hosts }, 'ok', /renewed in time/],
    ['without hosts', { now: NOW, own, hosts: [] }, 'ok', /renewed in time/],
    ['not told', { now: NOW, own: null, hosts }, 'unknown', /has not told/],
    [
      'of a host, late',
      { now: NOW, own, hosts: [{ name: 'nas1', notAfter: at(4 * DAY) }] },
      'attention',
      /nas1 runs out in 4 d/,
    ],
    [
      'of a host, over',
      { now: NOW, own: null, hosts: [{ name: 'nas1', notAfter: at(-1) }] },
      'failing',
      /nas1 has run out/,
    ],
    [
      'of the controller',
      { now: NOW, own: { ...own, controller: iso(DAY) }, hosts },
      'attention',
      /of the controller runs out/,
    ],
    [
      'of the fleet port',
      { now: NOW, own: { ...own, fleet_port: iso(-DAY) }, hosts },
      'failing',
      /fleet port has run out/,
    ],
    [
      'of the authority',
      { now: NOW, own: { ...own, authority: iso(100 * DAY) }, hosts },
      'attention',
      /authority of the fleet runs out in 100 d/,
    ],
    ['of the authority, soon', { now: NOW, own: { ...own, authority: iso(20 * DAY) }, hosts }, 'failing', /20 d/],
  ])('%s', (_what, facts, state, words) => {
    const [found, summary] = judged(certificatesCheck(facts))
    expect(found).toBe(state)
    expect(summary).toMatch(words)
  })
})

describe('secrets', () => {
  const facts: SecretFacts = { sealedWith: new Map([['key-1', 3]]), publicKey: 'key-1', known: ['key-1'] }
  it.each<[string, Partial<SecretFacts>, string, RegExp]>([
    ['well', {}, 'ok', /opens every stored secret/],
    ['none', { sealedWith: new Map() }, 'ok', /opens every/],
    [
      'lost',
      {
        sealedWith: new Map([
          ['key-1', 3],
          ['key-0', 2],
        ]),
      },
      'failing',
      /2 of 5 stored secrets cannot be opened/,
    ],
    ['of a foreign key', { publicKey: 'key-9' }, 'failing', /does not have/],
    ['not told', { known: null }, 'unknown', /has not told/],
  ])('%s', (_what, over, state, words) => {
    const [found, summary] = judged(secretsCheck({ ...facts, ...over }))
    expect(found).toBe(state)
    expect(summary).toMatch(words)
  })
})

it.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b', 'c'], 'a, b and c'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 more'],
])('%j in words', (names, words) => {
  expect(namesInWords(names)).toBe(words)
})
