import { expect, it } from 'vitest'
import { readMeasuring, writeMeasuring } from '@/lib/agent-protocol/measuring'
import { newId } from '@/lib/ids'

it('says how often storages are measured, and is read as it was written', () => {
  const measuring = { usualSeconds: 600, backends: new Map([[newId('backend'), 60]]) }
  expect(readMeasuring(writeMeasuring(measuring))).toEqual(measuring)
})

it('is not believed where it makes no sense, and changes nothing then', () => {
  for (const header of [undefined, '', 'often', '0', '-60', '1e9', '12.5'])
    expect(readMeasuring(header), header).toBeNull()
  const id = newId('backend')
  const odd = readMeasuring(`300,${id}=1,bkd_x=60,${id}=abc,../../etc=60`)
  expect(odd).toEqual({ usualSeconds: 300, backends: new Map() })
})
