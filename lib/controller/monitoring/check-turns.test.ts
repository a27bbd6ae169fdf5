import { expect, it } from 'vitest'
import { CheckTurns } from '@/lib/controller/monitoring/check-turns'

const LIMITS = { perServer: 2, perHost: 1, all: 10 }
const check = (id: number, hostId: string, server: string) => ({
  id,
  hostId,
  backendId: server,
  wantedAt: new Date(0),
})

function begun(turns: CheckTurns, limits = LIMITS) {
  const all: NonNullable<ReturnType<CheckTurns['next']>>[] = []
  for (let turn = turns.next(limits); turn !== null; turn = turns.next(limits)) all.push(turn)
  return all
}
const ids = (turns: ReturnType<typeof begun>) => turns.map(({ check: { id } }) => id)

it('lets no more than so many begin at a server, and none twice at a host', () => {
  const turns = new CheckTurns()
  const all = [
    check(1, 'a', 'nas'),
    check(2, 'a', 'cloud'),
    check(3, 'b', 'nas'),
    check(4, 'c', 'nas'),
    check(5, 'c', 'cloud'),
  ]
  turns.replace(all, ({ backendId }) => [backendId])
  const first = begun(turns)
  expect(ids(first)).toEqual([1, 5, 3])
  expect([turns.running, turns.waiting]).toEqual([3, 2])
  first[0]?.done()
  expect(ids(begun(turns))).toEqual([2])
  first[1]?.done()
  expect(ids(begun(turns))).toEqual([4])
})

it('counts a storage of several servers at each of them', () => {
  const turns = new CheckTurns()
  const all = [check(1, 'a', 'one two'), check(2, 'b', 'two'), check(3, 'c', 'one')]
  turns.replace(all, ({ backendId }) => backendId.split(' '))
  const first = begun(turns, { ...LIMITS, perServer: 1 })
  expect(ids(first)).toEqual([1])
  first[0]?.done()
  expect(ids(begun(turns, { ...LIMITS, perServer: 1 })).toSorted()).toEqual([2, 3])
})

it('does not begin again what runs, and nothing beyond what it may have at all', () => {
  const turns = new CheckTurns()
  const all = [check(1, 'a', 'x'), check(2, 'b', 'y'), check(3, 'c', 'z')]
  turns.replace(all, () => [])
  const first = begun(turns, { ...LIMITS, all: 2 })
  expect(ids(first)).toEqual([1, 2])
  turns.replace(all, () => [])
  expect(turns.waiting).toBe(1)
  for (const { done } of first) done()
  expect(ids(begun(turns, { ...LIMITS, all: 2 }))).toEqual([3])
})
