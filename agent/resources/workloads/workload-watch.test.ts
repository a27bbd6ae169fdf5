import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseMountinfo } from '@/agent/host/mounting/mountinfo'
import { workloadId } from '@/agent/resources/workloads/told-workload'
import { type StartGate, WorkloadWatch } from '@/agent/resources/workloads/workload-watch'
import { ObservedWorkload } from '@/lib/agent-protocol/workloads'
import type { FoundStorage, FoundWorkload, Inventory } from '@/lib/attach-targets/contract/target'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { BARE_HOST } from '@/testing/attach-targets/describe-target'
import { testId } from '@/testing/ids'

const HOST = testId('host', 'a')
const SHARED = { mountId: testId('mount', 'shared'), mountPoint: '/mnt/shared' }

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'workloads-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function container(name: string, over: Partial<FoundWorkload> = {}): FoundWorkload {
  const storage = [
    { kind: 'bind', source: `/mnt/shared/${name}`, name: null, target: '/data', isReadOnly: true },
  ] as const
  return { nativeId: `id-of-${name}`, name, state: 'running', image: 'debian:13', storage, ...over }
}

/** A watch whose Docker answers with what is set, or throws it; undefined: Docker is not there. */
function watched(
  answer: { docker: FoundWorkload[] | HoldfastError | null },
  {
    isStuck = () => false,
    gate,
    tables = {},
  }: { isStuck?: () => boolean; gate?: StartGate; tables?: Record<string, string> } = {},
) {
  let asked = 0
  const watch = new WorkloadWatch({
    hostId: HOST,
    targets: [
      {
        descriptor: {
          id: 'docker',
          title: 'Docker',
          runs: 'container',
          isPowered: false,
          isMade: false,
          takesMounts: null,
          hostCommands: [],
        },
        processOf: async () => 7,
        async inventory(): Promise<Inventory | null> {
          asked++
          const { docker } = answer
          if (docker instanceof HoldfastError) throw docker
          return docker && { version: '27.3.1', workloads: docker }
        },
      },
    ],
    open: () => ({ host: BARE_HOST, isStuck }),
    mounts: () => [SHARED],
    file: path.join(directory, 'workloads.json'),
    mountTable: (process) => parseMountinfo(tables[process] ?? ''),
    log: createLog('agent', 'error', () => {}),
    ...(gate === undefined ? {} : { gates: { docker: gate } }),
  })
  return { watch, answer, asked: () => asked }
}

it('tells what was not let start, as long as it is stopped, and why a gate holds up nobody', async () => {
  const held = new Map([
    ['id-of-web', 'Its storage is away.'],
    ['id-of-db', 'Its storage is away.'],
  ])
  const gate = { held: () => held, problem: () => 'There is another hook.' }
  const { watch } = watched({ docker: [container('web', { state: 'stopped' }), container('db')] }, { gate })
  await watch.look()
  expect(watch.list().map(({ held }) => held)).toEqual(['Its storage is away.', undefined])
  expect(await watch.targets(0)).toMatchObject([{ gateProblem: 'There is another hook.' }])
  held.clear()
  await watch.look()
  expect(watch.list().map(({ held }) => held)).toEqual([undefined, undefined])
})

it('tells what a container that runs has of a mount that was made anew, as the tables of mounts show it', async () => {
  const line = (device: string, target: string) => `9 1 ${device} / ${target} rw - fuse.rclone nas: rw\n`
  const root = line('8:1', '/')
  const tables: Record<string, string> = { self: root + line('0:50', '/mnt/shared'), 7: root + line('0:40', '/data') }
  const { watch, answer } = watched({ docker: [container('web')] }, { tables })
  const stale = async () => {
    await watch.look()
    return watch.list()[0]?.storage[0]?.stale
  }
  expect(await stale()).toBe(true)
  answer.docker = [container('web', { state: 'stopped' })]
  expect(await stale()).toBeUndefined()
  answer.docker = [container('web')]
  tables[7] = root + line('0:40', '/data') + line('0:50', '/data')
  expect(await stale()).toBeUndefined()
  tables[7] = root
  expect(await stale()).toBeUndefined()
  tables[7] = 'of another form'
  expect(await stale()).toBeUndefined()
})

const DOWN = new HoldfastError('unavailable', 'Docker does not run.')

it('tells what is there once, then only what has changed and what is gone', async () => {
  const { watch, answer } = watched({ docker: [container('web'), container('db')] })
  const news: [string[], number][] = []
  watch.subscribe((changed, gone) => news.push([changed.map(({ name }) => name), gone.length]))
  await watch.look()
  const version = watch.version()
  await watch.look()
  expect(watch.version()).toBe(version)
  answer.docker = [container('web', { state: 'stopped' })]
  await watch.look()
  expect(watch.version()).not.toBe(version)
  expect(news).toEqual([
    [['web', 'db'], 0],
    [['web'], 1],
  ])
  expect(watch.list()).toMatchObject([
    { workloadId: workloadId(HOST, 'docker', 'id-of-web'), state: 'stopped', storage: [{ mountId: SHARED.mountId }] },
  ])
})

it('keeps what it knew where Docker does not answer, also over a restart, and forgets it where Docker is gone', async () => {
  const first = watched({ docker: [container('web')] })
  await first.watch.look()
  first.answer.docker = DOWN
  await first.watch.look()
  const unknown = { name: 'web', state: 'unknown', problem: 'Docker does not run.', image: 'debian:13' }
  expect(first.watch.list()).toMatchObject([unknown])
  expect(await first.watch.targets(0)).toEqual([
    { target: 'docker', version: '27.3.1', problem: 'Docker does not run.' },
  ])

  const later = watched({ docker: DOWN })
  expect(later.watch.list()).toMatchObject([unknown])
  expect(await later.watch.targets(0)).toBeUndefined()
  await later.watch.look()
  expect(later.watch.list()).toMatchObject([unknown])
  later.answer.docker = null
  await later.watch.look()
  expect(later.watch.list()).toEqual([])
  expect(await later.watch.targets(0)).toEqual([])
})

it('begins with nothing where its file is damaged', () => {
  for (const text of ['', '[{}]', '{"a":', 'null']) {
    writeFileSync(path.join(directory, 'workloads.json'), text)
    expect(watched({ docker: null }).watch.list()).toEqual([])
  }
})

it('does not ask again what has not come back from the last question', async () => {
  let isStuck = false
  const { watch, asked } = watched({ docker: [container('web')] }, { isStuck: () => isStuck })
  await watch.look()
  isStuck = true
  await watch.look()
  expect(asked()).toBe(1)
  expect(watch.list()).toMatchObject([{ state: 'unknown' }])
})

it('tells names that nobody can read as what can be shown, no longer than is sent, and each by itself', async () => {
  const names = ['\u0000\u001b[31m', '\u202egnp.exe', '\ud800', 'x'.repeat(100_000), '__proto__', '']
  const many: FoundStorage[] = Array.from({ length: 300 }, (_, at) => ({
    kind: 'bind',
    source: `/srv/${'d'.repeat(5_000)}`,
    name: null,
    target: `/at/${at}`,
    isReadOnly: null,
  }))
  const { watch } = watched({
    docker: names.map((name, at) => container(name, { nativeId: `n${at}`, storage: at === 0 ? many : [] })),
  })
  await watch.look()
  const told = watch.list()
  expect(told).toHaveLength(names.length)
  expect(JSON.parse(JSON.stringify(told)).map((each: unknown) => ObservedWorkload.parse(each))).toEqual(told)
  expect(told[0]?.storageCount).toBe(300)
  expect(told[0]?.storage).toHaveLength(100)
  for (const { name } of told) {
    expect(name.length).toBeLessThanOrEqual(255)
    expect(name).toMatch(/^[^\p{Cc}\u202a-\u202e]+$/u)
  }
})
