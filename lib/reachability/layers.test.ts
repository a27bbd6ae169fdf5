import { expect, it } from 'vitest'
import { failedIn, layersOf } from '@/lib/reachability/layers'

const step = (id: string, status: 'passed' | 'failed' | 'skipped' = 'passed', problem?: string) => ({
  id,
  status,
  durationMs: 2,
  problem,
})

it.each([
  ['network.no_route', ['name', 'route'], 'route'],
  ['network.refused', ['name', 'route', 'tcp'], 'tcp'],
  ['network.timed_out', ['name', 'tcp'], 'tcp'],
  [undefined, ['name', 'tcp'], 'tcp'],
])('says of the route what a connection that failed with %s tells of it', (problem, shown, failed) => {
  const layers = layersOf([step('name'), step('tcp', 'failed', problem)])
  expect(layers.map(({ id }) => id)).toEqual(shown)
  expect(failedIn(layers)).toBe(failed)
})

it('leaves out what is written, and what it does not know', () => {
  const layers = layersOf([step('tcp'), step('write', 'skipped'), step('telepathy'), step('mount', 'skipped')])
  expect(layers).toEqual([
    { id: 'route', status: 'passed', duration_ms: null },
    { id: 'tcp', status: 'passed', duration_ms: 2 },
    { id: 'mount', status: 'skipped', duration_ms: 2 },
  ])
  expect(failedIn(layers)).toBeNull()
})

it('knows of no route where no connection was made', () => {
  expect(layersOf([step('tcp', 'skipped')]).map(({ id }) => id)).toEqual(['tcp'])
})
