import { expect, test } from 'vitest'
import { labelChoices, matchesHost } from '@/components/hosts/host-choice'

const HOSTS = [
  { id: 'a', labels: { rack: 'r10', site: 'north' } },
  { id: 'b', labels: { rack: 'r9', site: 'north', gpu: '' } },
]

test('labels stand with their keys, in the order of people', () => {
  expect(labelChoices(HOSTS).map(({ label, count }) => [label, count])).toEqual([
    ['gpu', 1],
    ['rack=r9', 1],
    ['rack=r10', 1],
    ['site=north', 2],
  ])
})

test.each([
  ['node-1', {}, { text: '', label: '' }, true],
  ['Node-1', {}, { text: ' node ', label: '' }, true],
  ['node-1', {}, { text: 'db', label: '' }, false],
  ['node-1', { rack: 'r1' }, { text: 'node', label: 'rack=r1' }, true],
  ['node-1', { rack: 'r10' }, { text: '', label: 'rack=r1' }, false],
  ['node-1', { gpu: '' }, { text: '', label: 'gpu=' }, true],
  // Its labels are not known yet.
  ['node-1', undefined, { text: '', label: 'rack=r1' }, false],
])('%s %j for %j: %s', (name, labels, wanted, isIn) => {
  expect(matchesHost(name, labels, wanted)).toBe(isIn)
})
