import { expect, test } from 'vitest'
import { fullnessWords } from '@/components/pools/detail/pool-notes'
import type { PoolView } from '@/lib/pools/schema'

function pool(used: number | null, thin?: [data: number, metadata: number]): PoolView {
  const hosts = thin ? [{ data_percent: thin[0], metadata_percent: thin[1] }] : []
  return {
    used_bytes: used,
    total_bytes: used === null ? null : 100,
    available_bytes: used === null ? null : 100 - used,
    hosts,
  } as unknown as PoolView
}

test('nothing is said while there is room, or while nobody knows', () => {
  expect(fullnessWords(pool(89))).toBeNull()
  expect(fullnessWords(pool(null))).toBeNull()
  expect(fullnessWords(pool(40, [40, 60]))).toBeNull()
})

test('what is nearly full is a warning, what is full is refused', () => {
  expect(fullnessWords(pool(90))).toMatchObject({ isFull: false, title: 'It is 90 % full.' })
  expect(fullnessWords(pool(95))).toMatchObject({ isFull: true })
})

test('metadata that runs out first is what is named', () => {
  expect(fullnessWords(pool(40, [40, 96.4]))).toMatchObject({
    isFull: true,
    title: 'The metadata of the thin pool is 96 % full.',
  })
  expect(fullnessWords(pool(97, [97, 91]))?.title).toBe('It is 97 % full.')
})
