import { expect, it } from 'vitest'
import { type Measured, measuredWords } from '@/components/monitoring/measured-words'

const SHARE: Measured = {
  stats: { as_of: null, used_bytes: null },
  capabilities: ['mount', 'usage'],
  scope: 'fleet',
  isUsed: true,
}
const BLOCK: Measured = { ...SHARE, capabilities: ['connect', 'usage', 'volumes'] }

const CASES: readonly (readonly [string, Measured, string])[] = [
  ['a share on hosts', SHARE, 'A host that has it mounted measures it'],
  ['a share that no host has', { ...SHARE, isUsed: false }, 'one host that has its programs tests it, as often'],
  ['a directory that no host has', { ...SHARE, scope: 'host', isUsed: false }, 'once it is mounted there'],
  ['a block storage on hosts', BLOCK, 'when it is connected or tested'],
  ['a block storage that no host has', { ...BLOCK, isUsed: false }, 'tests it every hour'],
  ['what does not tell it', { ...SHARE, stats: { as_of: '2026-11-30T12:00:00Z', used_bytes: null } }, 'does not tell'],
  ['what was measured once', { ...SHARE, stats: { as_of: '2026-11-01T12:00:00Z', used_bytes: 5 } }, 'A host that has'],
]

it.each(CASES)('says of %s who measures it', (_, backend, words) => {
  expect(measuredWords(backend)).toContain(words)
})
