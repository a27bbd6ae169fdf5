import { describe, expect, it } from 'vitest'
import {
  compareHost,
  FARTHEST_AHEAD,
  type ShownResource,
  type ShownStanding,
  type WantedResource,
} from '@/lib/restores/differences'

const HOST = { id: 'hst_1', name: 'node-1' }

function mount(id: string, generation = 1): ShownResource {
  return { kind: 'mount', id, generation, mountPoint: `/mnt/${id}`, source: '/srv/films' }
}

function connection(id: string, generation = 1): ShownResource {
  return { kind: 'connection', id, generation, mountPoint: null, source: null }
}

function standing(more: Partial<ShownStanding>): ShownStanding {
  return { fence: 1, generations: {}, resources: [], ...more }
}

function wanted(id: string, desiredGeneration = 1, more: Partial<WantedResource> = {}): WantedResource {
  return { kind: 'mount', id, name: `the ${id}`, mountPoint: `/mnt/${id}`, desiredGeneration, isWanted: true, ...more }
}

const compare = (told: Partial<ShownStanding>, rows: WantedResource[], epoch = 1, left?: Set<string>) =>
  compareHost(HOST, standing(told), rows, { epoch, ...(left ? { left } : {}) })

describe('a host and the database', () => {
  it('agree when the host has done what is wanted, or not yet all of it', () => {
    const rows = [wanted('a', 3), wanted('b', 2), wanted('c', 1, { isWanted: false })]
    const told = { fence: 4, generations: { a: 3, b: 1, gone: 7 }, resources: [mount('a', 3), mount('b', 1)] }
    const comparison = compare(told, rows, 4)
    expect(comparison).toMatchObject({ isBehind: false, ahead: [] })
    expect(comparison.differences).toEqual({
      ...{ host_id: 'hst_1', host_name: 'node-1', epoch: 4 },
      ...{ unknown: [], newer: [], missing: [] },
    })
  })

  it('show a database that is behind by the epoch', () => {
    expect(compare({ fence: 5 }, [], 4).isBehind).toBe(true)
    expect(compare({ fence: 4 }, [], 4).isBehind).toBe(false)
  })

  it('show it by a newer change, of what is there and of what was removed since', () => {
    const told = { generations: { a: 7, b: 4, c: 9 }, resources: [mount('a', 7), connection('c', 9)] }
    const rows = [wanted('a', 3), wanted('b', 3), wanted('c', 8, { kind: 'connection', mountPoint: null })]
    const { isBehind, ahead, differences } = compare(told, rows)
    expect(isBehind).toBe(true)
    expect(ahead).toEqual([
      { kind: 'mount', id: 'a', generation: 7 },
      { kind: 'mount', id: 'b', generation: 4 },
      { kind: 'connection', id: 'c', generation: 9 },
    ])
    expect(differences.newer).toEqual([
      { kind: 'mount', id: 'a', name: 'the a', mount_point: '/mnt/a', generation: 7, desired_generation: 3 },
      { kind: 'connection', id: 'c', name: 'the c', mount_point: null, generation: 9, desired_generation: 8 },
    ])
    expect(differences.missing).toEqual([{ kind: 'mount', id: 'b', name: 'the b', mount_point: '/mnt/b' }])
  })

  it('show it by what was made since, even when nothing else is newer', () => {
    const { isBehind, differences } = compare({ generations: { new: 1 }, resources: [mount('new')] }, [])
    expect(isBehind).toBe(true)
    expect(differences.unknown).toEqual([{ kind: 'mount', id: 'new', mount_point: '/mnt/new', source: '/srv/films' }])
  })

  it('do not show it by mounts of an earlier life of the host, nor by what an administrator left there', () => {
    expect(compare({ resources: [mount('old'), connection('older')] }, [])).toMatchObject({
      isBehind: false,
      differences: { unknown: [] },
    })
    const left = compare({ generations: { new: 1 }, resources: [mount('new')] }, [], 1, new Set(['new']))
    expect(left).toMatchObject({ isBehind: false, differences: { unknown: [] } })
  })

  it('do not show it by what is only missing', () => {
    const { isBehind, differences } = compare({}, [wanted('a'), wanted('b', 1, { isWanted: false })])
    expect(isBehind).toBe(false)
    expect(differences.missing.map(({ id }) => id)).toEqual(['a'])
  })

  it('does not believe numbers that no controller can have reached', () => {
    expect(compare({ fence: 1 + FARTHEST_AHEAD }, []).isBehind).toBe(true)
    expect(compare({ fence: 2 + FARTHEST_AHEAD }, []).isBehind).toBe(false)
    const told = { generations: { a: Number.MAX_SAFE_INTEGER }, resources: [mount('a')] }
    expect(compare(told, [wanted('a')])).toMatchObject({ isBehind: false, ahead: [] })
  })
})
