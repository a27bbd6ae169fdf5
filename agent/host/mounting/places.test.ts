import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Journal } from '@/agent/journal/journal'
import { HoldfastError } from '@/lib/errors'
import { type PlaceRecord, type PlaceRecords, RememberedPlaces } from './place-records'
import { type AllowedPlace, type OwnedPlace, Places } from './places'

const MADE: Omit<PlaceRecord, 'path'> = { origin: 'made', identity: 'born 1', mode: null }
let directory: string
let journal: Journal
let allowed: Set<string>
let places: Places

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-places-'))
  journal = Journal.open(directory)
  allowed = new Set(['/mnt/a', '/mnt/b'])
  places = withRecords(journal.places)
})
afterEach(() => {
  journal.close()
  rmSync(directory, { recursive: true })
})

function withRecords(records: PlaceRecords): Places {
  const policy = {
    checkMountPoint(path: string) {
      if (!allowed.has(path)) throw new HoldfastError('policy_denied', `${path} is not allowed.`)
    },
    closedToMounts: () => [],
  }
  return new Places({ policy: () => policy, records, scratch: '/run/agent/scratch' })
}

describe('the right to touch a place', () => {
  it('comes from the policy of the moment, or from the journal, and from nothing else', () => {
    expect(places.allow('/mnt/a').right).toBe('policy')
    expect(places.owned('/mnt/a')).toBeNull()
    expect(() => places.allow('/etc/ssh')).toThrow('not allowed')
    expect(() => places.touch('/etc/ssh')).toThrow('not allowed')
    expect([places.find('/etc/ssh'), places.ifAllowed('/etc/ssh')]).toEqual([null, null])

    journal.places.write({ path: '/mnt/a', ...MADE })
    allowed.clear()
    expect(() => places.allow('/mnt/a')).toThrow('not allowed')
    expect([places.find('/mnt/a')?.right, places.touch('/mnt/a').right]).toEqual(['journal', 'journal'])
    expect(places.ifAllowed('/mnt/a')).toBeNull()
    expect(places.owned('/mnt/a/below')).toBeNull()
  })

  it.each(['', 'mnt/a', '/mnt/../etc', '/mnt//a', '/mnt/a/', '/mnt/a\n', '/run/agent/scratch/../x'])(
    'is for no path such as %j, whatever the policy says',
    (path) => {
      allowed.add(path)
      expect(() => places.allow(path)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
      expect(places.find(path)).toBeNull()
    },
  )

  it('is there for scratch places without policy and journal, and not for the directory that they are in', () => {
    const path = '/run/agent/scratch/x'
    places.allow(path).noteMaking()
    expect(places.owned(path)?.record).toMatchObject({ origin: 'made' })
    expect(journal.places.find(path)).toBeNull()
    expect(withRecords(journal.places).owned(path)).toBeNull()
    expect(() => places.allow('/run/agent/scratch')).toThrow('not allowed')
    expect(() => places.allow('/run/agent/scratchy')).toThrow('not allowed')
  })

  it('cannot be made by hand: this compiles only as long as it is an error', () => {
    const record = null
    // @ts-expect-error Only `Places` makes one.
    const forged: AllowedPlace = { path: '/etc', record, right: 'policy', proves: () => true }
    // @ts-expect-error What the policy allows is not proven to be ours.
    const borrowed: OwnedPlace = places.allow('/mnt/a')
    expect([forged.path, borrowed.path]).toEqual(['/etc', '/mnt/a'])
  })
})

describe.each([
  ['the journal', () => journal.places],
  ['memory', () => new RememberedPlaces()],
])('records in %s', (_name, open) => {
  it('are found, replaced and forgotten', () => {
    const records: PlaceRecords = open()
    expect(records.find('/mnt/a')).toBeNull()
    records.write({ path: '/mnt/a', ...MADE })
    records.write({ path: '/mnt/b', origin: 'found', identity: 'inode 7', mode: 0o1777 })
    records.write({ path: '/mnt/a', origin: 'adopted', identity: null, mode: null })
    expect(records.find('/mnt/a')).toEqual({ path: '/mnt/a', origin: 'adopted', identity: null, mode: null })
    expect(records.find('/mnt/b')).toEqual({ path: '/mnt/b', origin: 'found', identity: 'inode 7', mode: 0o1777 })
    records.forget('/mnt/a')
    records.forget('/mnt/a')
    expect([records.find('/mnt/a'), records.find('/mnt/b')?.mode]).toEqual([null, 0o1777])
  })
})

it('what was adopted keeps what is known of its directory', () => {
  journal.places.write({ path: '/mnt/a', ...MADE })
  places.allow('/mnt/a').noteAdopted()
  places.allow('/mnt/b').noteAdopted()
  expect([journal.places.find('/mnt/a')?.origin, journal.places.find('/mnt/b')?.origin]).toEqual(['made', 'adopted'])
})
