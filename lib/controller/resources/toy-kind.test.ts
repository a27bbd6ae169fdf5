import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import type { ListedKind } from '@/agent/resources/listed-kind'
import { CommandEnvelope } from '@/lib/agent-protocol/messages'
import type { VerbDeclaration } from '@/lib/agent-protocol/verb-declaration'
import { systemActor } from '@/lib/auth/actor'
import type { DesiredRow, ResourceKind, StoredRow } from '@/lib/controller/resources/kind'
import { ResourceKinds } from '@/lib/controller/resources/kinds'
import { resourceKinds } from '@/lib/controller/resources/registry'
import type { Db, Prisma } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import { setProcessBus } from '@/lib/events/process-bus'
import { changeStream } from '@/lib/events/stream'
import { RestoredState } from '@/lib/restores/schema'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { testId } from '@/testing/ids'
import { ResourceListeners } from '@/testing/resource-listeners'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/**
 * A kind that only this file knows: a toy lies on a mount. It is what a pool will be, as far as the pipeline is concerned, and
 * nothing outside of this file was written for it.
 */

// ---- on the wire ---------------------------------------------------------------------------------------------------------

const ObservedToy = z.object({ toyId: z.string(), state: z.enum(['ready', 'broken']), generation: z.int() })
type ObservedToy = z.infer<typeof ObservedToy>

const VERB = { mode: 'stream', timeoutMs: 5_000, idempotent: true } as const
const applyToy: VerbDeclaration = {
  ...{ ...VERB, method: 'PUT', path: '/v1/toys/apply' },
  request: CommandEnvelope.extend({ mountId: z.string(), colour: z.string() }),
  response: ObservedToy,
}
const removeToy: VerbDeclaration = {
  ...{ ...VERB, method: 'POST', path: '/v1/toys/remove' },
  request: CommandEnvelope,
  response: z.object({ removed: z.boolean() }),
}

// ---- in the controller ---------------------------------------------------------------------------------------------------

interface Toy extends DesiredRow, StoredRow {
  mountId: string
  colour: string
  isWanted: boolean
}

/** Toys are kept as settings, which every database has. */
const keyOf = (hostId: string, id: string) => `toy/${hostId}/${id}`

async function findToys(db: Db, prefix: string): Promise<Toy[]> {
  const rows = await db.setting.findMany({ where: { key: { startsWith: prefix } }, orderBy: { key: 'asc' } })
  return rows.map(({ value }) => value as unknown as Toy)
}

async function saveToy(db: Db, { hostId, id }: { hostId: string; id: string }, change: Partial<Toy>): Promise<void> {
  const key = keyOf(hostId, id)
  const row = await db.setting.findUnique({ where: { key } })
  if (!row) return
  const value = { ...(row.value as object), ...change } as unknown as Prisma.InputJsonValue
  await db.setting.update({ where: { key }, data: { value } })
}

const stored = ({ toyId: id, state, generation }: ObservedToy, hostId: string): StoredRow => ({
  ...{ id, hostId, observedState: state, observedGeneration: generation },
  ...{ observedSince: null, observedError: null, observedProblem: null },
})

const toyKind: ResourceKind<Toy, ObservedToy, StoredRow> = {
  name: 'toy',
  needs: ['mount'],
  topic: 'setting',
  desired: {
    idOf: ({ id }) => id,
    ofHost: (db, hostId) => findToys(db, `toy/${hostId}/`),
    find: async (db, id, hostIds) =>
      (await findToys(db, 'toy/')).filter((toy) => toy.id === id && hostIds.includes(toy.hostId)),
    hostsOf: async (db, id) => (await findToys(db, 'toy/')).filter((toy) => toy.id === id).map(({ hostId }) => hostId),
    needsCommand: (toy) => !toy.isWanted || (toy.observedGeneration ?? 0) < toy.desiredGeneration,
    isLeaving: ({ isWanted }) => !isWanted,
    isReady: ({ observedState }) => observedState === 'ready',
    needsOf: ({ mountId }) => [{ kind: 'mount', id: mountId }],
    inHand: { targetKind: 'toy' },
    saveAttempt: saveToy,
    async acknowledge(tx, { hostId, id }) {
      await tx.setting.delete({ where: { key: keyOf(hostId, id) } })
    },
  },
  command: {
    ttlMs: 5_000,
    request: async ({ isWanted, mountId, colour }) =>
      isWanted ? { verb: applyToy, document: { mountId, colour } } : { verb: removeToy, document: {} },
    reached: ({ isWanted }, _mode, answer) => (isWanted ? { seen: answer as ObservedToy } : { isGone: true }),
  },
  observed: {
    idOf: ({ toyId }) => toyId,
    load: async (db) => (await findToys(db, 'toy/')).filter(({ observedGeneration }) => observedGeneration !== null),
    isAsStored: (row, toy) => row.observedState === toy.state && row.observedGeneration === toy.generation,
    toStored: (hostId, toy) => stored(toy, hostId),
    gone: ({ id, hostId }) => ({
      ...stored({ toyId: id, state: 'broken', generation: 0 }, hostId),
      observedState: 'absent',
      observedGeneration: null,
    }),
    failed: ({ id, hostId }, before, { message }) => ({
      ...(before ?? stored({ toyId: id, state: 'broken', generation: 0 }, hostId)),
      observedGeneration: before?.observedGeneration ?? null,
      observedError: message,
    }),
    save: (tx, { observedSince: _since, ...row }) => saveToy(tx, row, row),
  },
  restore: {
    wanted: async (db, hostId) =>
      (await findToys(db, `toy/${hostId}/`)).map(({ id, desiredGeneration, isWanted }) => ({
        ...{ kind: 'toy', id, name: id, mountPoint: null, desiredGeneration, isWanted },
      })),
    shown: ({ toyId, generation }) => ({ id: toyId, generation, mountPoint: null, source: null }),
    raise: async () => undefined,
  },
}

// ---- on the host ---------------------------------------------------------------------------------------------------------

/** The toys of a fake agent, which refuses what is out of order. */
class ToyBox implements ListedKind<ObservedToy> {
  readonly name = 'toy'
  readonly toys = new Map<string, ObservedToy & { mountId: string }>()
  readonly #listeners = new ResourceListeners<ObservedToy>()
  agent: FakeAgent | undefined

  idOf = ({ toyId }: ObservedToy) => toyId
  list = () => [...this.toys.values()].map(({ toyId, state, generation }) => ({ toyId, state, generation }))
  subscribe: ListedKind<ObservedToy>['subscribe'] = (listener) => this.#listeners.add(listener)

  show(toy: ObservedToy & { mountId: string }): ObservedToy {
    this.toys.set(toy.toyId, toy)
    this.#listeners.tell([toy])
    return toy
  }

  readonly verbs = {
    operations: { applyToy, removeToy },
    handlers: {
      applyToy: async ({ resourceId: toyId, generation, mountId }: z.infer<typeof CommandEnvelope> & Toy) => {
        const isMounted = this.agent?.mounts().some((mount) => mount.mountId === mountId && mount.state === 'mounted')
        if (!isMounted) throw new HoldfastError('conflict', 'There is nothing to put it on.', { details: {} })
        return this.show({ toyId, generation, state: 'ready', mountId })
      },
      removeToy: async ({ resourceId }: z.infer<typeof CommandEnvelope>) => {
        const removed = this.toys.delete(resourceId)
        this.#listeners.tell([], [resourceId])
        return { removed }
      },
    },
  }
}

// ---- what happens --------------------------------------------------------------------------------------------------------

testDatabases('a kind that was only registered', (database) => {
  let fleet: TestFleet
  let agent: FakeAgent
  let box: ToyBox
  beforeAll(async () => {
    fleet = await startTestFleet(database, {
      kinds: (parts) => [toyKind, ...resourceKinds(parts)],
      sweep: { intervalMs: 300, timeoutMs: 1_000 },
    })
    setProcessBus(fleet.bus)
  })
  afterAll(() => fleet.stop())
  beforeEach(async () => {
    box = new ToyBox()
    agent = await fleet.addHost({ kinds: [box], verbs: box.verbs })
    box.agent = agent
    await waitFor('the host', () => fleet.controller.directory.get(agent.hostId)?.status === 'online')
  })

  const COMMANDS = new Set<string>(['applyMount', 'removeMount', 'applyToy', 'removeToy'])
  const commands = () => agent.calls.map(({ operation }) => operation as string).filter((name) => COMMANDS.has(name))
  const rowOf = async (id: string) => (await findToys(database.prisma, keyOf(agent.hostId, id))).at(0)
  const look = () => fleet.controller.reconciler.look(agent.hostId)

  async function wish(id: string, mountId: string): Promise<void> {
    const { hostId } = agent
    const desired = { id, hostId, mountId, colour: 'red', isWanted: true, desiredGeneration: 1 }
    const observed = { observedState: 'unknown', observedGeneration: null, attempts: 0, nextAttemptAt: null }
    await database.prisma.setting.create({ data: { key: keyOf(hostId, id), value: { ...desired, ...observed } } })
    fleet.bus.publish({ topic: 'setting', id, kind: 'wanted' })
  }

  const bury = (mountId: string) =>
    database.prisma.mount.update({ where: { id: mountId }, data: { deletedAt: new Date() } })

  test('waits for what it needs, is sent, seen, stored and told to readers', async () => {
    agent.setFault({ kind: 'refuse', code: 'backend_unreachable' }, 'applyMount')
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const id = testId('pool', `toy of ${agent.hostId}`)
    await wish(id, mount.id)
    await look()
    await waitFor('the refusal', () =>
      database.prisma.mountOnHost.count({ where: { mountId: mount.id, observedState: 'error' } }),
    )
    await look()
    expect(commands()).not.toContain('applyToy')
    expect((await rowOf(id))?.attempts).toBe(0)

    const stop = new AbortController()
    const reader = changeStream(systemActor('test'), stop.signal).getReader()
    agent.setFault(null)
    fleet.controller.reconciler.isBack(agent.hostId)
    await waitFor('the toy', async () => (await rowOf(id))?.observedState === 'ready')
    expect(commands().filter((name) => name === 'applyToy')).toHaveLength(1)
    expect(agent.calls.find(({ operation }) => (operation as string) === 'applyToy')?.request).toMatchObject({
      ...{ resourceId: id, generation: 1, mountId: mount.id, colour: 'red', fence: expect.any(Number) },
    })

    // What happens to it on the host comes over the event stream, is stored, and is told.
    const toy = box.toys.get(id)
    if (!toy) throw new Error('the host has no toy')
    box.show({ ...toy, state: 'broken' })
    await waitFor('the news', async () => (await rowOf(id))?.observedState === 'broken')
    let text = ''
    while (!text.includes(`"topic":"setting","id":"${id}"`)) {
      const { value, done } = await reader.read()
      if (done) break
      text += new TextDecoder().decode(value)
    }
    expect(text).toContain(id)
    stop.abort()
    // A host that does not list it any more has lost it: it is sent again.
    box.toys.delete(id)
    await waitFor('the second command', () => commands().filter((name) => name === 'applyToy').length === 2)
  })

  test('is undone before its mount, whoever asks for that', async () => {
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const id = testId('pool', `toy of ${agent.hostId}`)
    await wish(id, mount.id)
    await waitFor('the toy', async () => (await rowOf(id))?.observedState === 'ready')

    await bury(mount.id)
    fleet.bus.publish({ topic: 'mount', id: mount.id, kind: 'wanted' })
    await look()
    const asked = await fleet.request('mount.remove', { mountId: mount.id, hostIds: [agent.hostId] }, [agent.hostId])
    const ended = await fleet.ended(asked)
    expect(ended).toMatchObject({
      status: 'failed',
      errorCode: 'conflict',
      error: expect.stringContaining(`toy ${id}`),
    })
    await look()
    expect(commands()).toEqual(['applyMount', 'applyToy'])

    await saveToy(database.prisma, { hostId: agent.hostId, id }, { isWanted: false, desiredGeneration: 2 })
    fleet.bus.publish({ topic: 'setting', id, kind: 'wanted' })
    await waitFor('the end of the mount', async () => {
      return (await database.prisma.mount.findUnique({ where: { id: mount.id } })) === null
    })
    expect(commands()).toEqual(['applyMount', 'applyToy', 'removeToy', 'removeMount'])
    expect(await rowOf(id)).toBeUndefined()
    expect(agent.mounts()).toEqual([])
  })

  test('shows a database that has forgotten it', async () => {
    const { hostId } = agent
    const mount = await makeMount(database.prisma, { hostIds: [hostId] })
    const id = testId('pool', `toy of ${hostId}`)
    await wish(id, mount.id)
    await waitFor('the toy', async () => (await rowOf(id))?.observedState === 'ready')
    await database.prisma.setting.delete({ where: { key: keyOf(hostId, id) } })
    const { epoch } = fleet.controller
    epoch.forget(hostId)
    await expect(epoch.fence(hostId)).rejects.toMatchObject({ details: { reason: 'restored' } })
    const found = await waitFor('what differs', async () => {
      const row = await database.prisma.setting.findUnique({ where: { key: 'restored' } })
      return RestoredState.safeParse(row?.value).data?.hosts.find((host) => host.host_id === hostId)
    })
    expect(found).toMatchObject({ unknown: [{ kind: 'toy', id }], newer: [], missing: [] })
  })
})

describe('the order of kinds', () => {
  const kind = (name: string, ...needs: string[]) => ({ ...toyKind, name, needs }) as unknown as ResourceKind

  test('is that of their needs, wherever they are named', () => {
    const kinds = new ResourceKinds([
      kind('attachment', 'volume'),
      kind('volume', 'pool'),
      kind('pool', 'mount'),
      kind('mount'),
    ])
    expect(kinds.all().map(({ name }) => name)).toEqual(['mount', 'pool', 'volume', 'attachment'])
    expect(kinds.thatNeed('pool').map(({ name }) => name)).toEqual(['volume'])
    expect(kinds.all().map((each) => kinds.isRelated(each))).toEqual([true, true, true, true])
  })

  test('cannot be found for a circle, or for what is not there', () => {
    expect(() => new ResourceKinds([kind('a', 'b'), kind('b', 'a')])).toThrow('a, b')
    expect(() => new ResourceKinds([kind('a', 'b')])).toThrow('a')
  })
})
