import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import type { DocumentKind } from './documents'
import { Journal } from './journal'

const Painting = z.object({ name: z.string(), colour: z.string() })
type Painting = z.infer<typeof Painting>

/** A kind that no part of the agent knows of. */
const PAINTINGS: DocumentKind<Painting, { hangs: boolean; visitors: number }> = {
  name: 'painting',
  document: Painting,
  idOf: ({ name }) => name,
  note: z.object({ hangs: z.boolean(), visitors: z.number() }),
  blank: { hangs: false, visitors: 0 },
  leavesTraces: ({ hangs }) => hangs,
  renew: ({ hangs }) => ({ hangs, visitors: 0 }),
}

let directory: string
let journal: Journal
const paintings = () => journal.documents(PAINTINGS)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-documents-'))
  journal = Journal.open(directory)
})
afterEach(() => {
  journal.close()
  rmSync(directory, { recursive: true })
})

function reopen(): void {
  journal.close()
  journal = Journal.open(directory)
}

it('keeps documents of any kind, with what was there before and what is remembered', () => {
  paintings().want({ name: 'dog', colour: 'red' }, 1)
  paintings().want({ name: 'dog', colour: 'blue' }, 2)
  expect(paintings().find('dog')?.previous).toBeNull()
  paintings().markApplied('dog', { hangs: true })
  paintings().remember('dog', { visitors: 7 })
  paintings().want({ name: 'dog', colour: 'green' }, 3)
  paintings().want({ name: 'dog', colour: 'white' }, 4)
  paintings().markRemoving('dog', 5)
  reopen()
  expect(paintings().find('dog')).toEqual({
    document: { name: 'dog', colour: 'white' },
    generation: 5,
    previous: { name: 'dog', colour: 'blue' },
    removing: true,
    note: { hangs: true, visitors: 0 },
  })
  paintings().unmarkRemoving('dog')
  paintings().markApplied('dog', { hangs: false })
  expect(paintings().find('dog')).toMatchObject({ previous: null, removing: false, note: { hangs: false } })
  paintings().forget('dog')
  expect(paintings().all()).toEqual([])
})

it('keeps kinds apart, whatever their ids', () => {
  const other = { ...PAINTINGS, name: 'copy' }
  paintings().want({ name: 'dog', colour: 'red' }, 1)
  journal.documents(other).want({ name: 'dog', colour: 'grey' }, 1)
  journal.documents(other).forget('dog')
  expect(paintings().all()).toHaveLength(1)
  expect(journal.documents(other).find('dog')).toBeNull()
})

it('reads of many only the one that is asked for', () => {
  for (const name of ['cat', 'dog']) paintings().want({ name, colour: 'red' }, 1)
  const db = new DatabaseSync(join(directory, 'journal.db'))
  db.exec("UPDATE documents SET document = x'00' WHERE id = 'cat'")
  db.close()
  expect(paintings().find('dog')?.document.colour).toBe('red')
  expect(() => paintings().find('cat')).toThrow()
})

it('opens also with documents of a kind that nobody asks for, and refuses one that the key does not open', () => {
  paintings().want({ name: 'dog', colour: 'red' }, 1)
  reopen()
  const db = new DatabaseSync(join(directory, 'journal.db'))
  db.exec("UPDATE documents SET id = 'cat'")
  db.close()
  journal.close()
  expect(() => Journal.open(directory)).toThrow(/does not open the journal/)
  const repaired = new DatabaseSync(join(directory, 'journal.db'))
  repaired.exec("UPDATE documents SET id = 'dog'")
  repaired.close()
  journal = Journal.open(directory)
})
