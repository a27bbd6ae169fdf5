import { expect, test } from 'vitest'
import { partsOf } from '@/components/operations/operation-words'

const about = (summary: string, name: string) => partsOf({ summary, target: { kind: 'volume', id: 'vol_1', name } })

test('the name of the target stands out, wherever it is said', () => {
  expect(about('Grow disk1 to 20 GiB', 'disk1')).toEqual({ before: 'Grow ', name: 'disk1', after: ' to 20 GiB' })
  expect(about('Flatten disk1', 'disk1')).toEqual({ before: 'Flatten ', name: 'disk1', after: '' })
})

test('a part of another word is not taken for it', () => {
  const { before, name } = about('Take snapshot a-before of a', 'a')
  expect([before, name]).toEqual(['Take snapshot a-before of ', 'a'])
  expect(about('Apply mount', 'media')).toEqual({ before: 'Apply mount', name: '', after: '' })
})
