import { expect, test } from 'vitest'
import { originWords, stateValue, VOLUME_STATES, wordOfVolume } from '@/components/volumes/volume-words'
import { VolumeWork } from '@/lib/agent-protocol/pools'
import { VolumePhase, type VolumeRow } from '@/lib/volumes/schema'

type Operation = NonNullable<VolumeRow['operation']>
const EMPTY = { from: 'empty', mode: null, name: null, volume_id: null, snapshot_id: null } as const

function operation(what: string, progress: Operation['progress'] = null): Operation {
  return { id: 'op_1', kind: 'volume.work', what, title: 'Work on volume', status: 'running', progress }
}

function word(what: string, progress?: Operation['progress']): string {
  return wordOfVolume({ phase: 'READY', operation: operation(what, progress), origin: EMPTY }).word
}

test('every phase and all work of the agent has a word of its own', () => {
  for (const phase of VolumePhase.options)
    expect(wordOfVolume({ phase, operation: null, origin: EMPTY }).word).not.toBe('')
  const works = VolumeWork.options.map(({ shape }) => shape.do.value)
  expect(works.length).toBeGreaterThan(8)
  for (const work of works) expect(word(work), work).not.toBe('Work on volume')
})

test('work says how far it is once that is known, and never more than it has done', () => {
  const progress = { done: 999, total: 1000, unit: 'bytes', per_second: null, phase: null } as const
  expect(word('flatten')).toBe('Flattening')
  expect(word('flatten', { ...progress, total: null })).toBe('Flattening')
  expect(word('flatten', progress)).toBe('Flattening 99 %')
})

test('a copy under way is called one, although the agent makes a volume', () => {
  const origin = { ...EMPTY, from: 'volume', mode: 'copy', name: 'base' } as const
  expect(wordOfVolume({ phase: 'CREATING', operation: operation('create'), origin }).word).toBe('Copying')
  expect(originWords({ origin })).toBe('Copy of base')
  const base = { ...EMPTY, from: 'template', mode: 'base', name: 'debian.qcow2' } as const
  expect(wordOfVolume({ phase: 'CREATING', operation: operation('clone'), origin: base }).word).toBe('Copying')
  expect(originWords({ origin: base })).toBe('Base of template debian.qcow2')
  expect(originWords({ origin: EMPTY })).toBeNull()
})

test('what a copy is made of is being copied, and not created', () => {
  expect(word('create')).toBe('Being copied')
  expect(wordOfVolume({ phase: 'CREATING', operation: operation('create'), origin: EMPTY }).word).toBe('Creating')
})

test('of a volume whose host cannot use the pool nobody says that it is ready, and what is worse stays so', () => {
  const said = (phase: VolumePhase) => wordOfVolume({ phase, operation: null, origin: EMPTY }, true).word
  expect(VolumePhase.options.map(said)).toEqual(['Creating', 'Out of reach', 'In the trash', 'Missing', 'Broken'])
})

test('the filter knows each state that a list can show', () => {
  const values: string[] = VOLUME_STATES.map(({ value }) => value)
  for (const phase of VolumePhase.exclude(['TRASHED']).options)
    expect(values).toContain(stateValue({ phase, operation: null }))
  expect(stateValue({ phase: 'READY', operation: operation('grow') })).toBe('working')
  expect(values).toContain(stateValue({ phase: 'READY', operation: null }, true))
})
