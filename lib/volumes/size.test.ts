import { expect, it } from 'vitest'
import { parseSize, SizeWords } from '@/lib/volumes/size'

it.each([
  ['10 GiB', 10 * 1024 ** 3],
  ['10G', 10 * 1024 ** 3],
  ['10 GB', 10_000_000_000],
  ['1.5 TiB', 1.5 * 1024 ** 4],
  ['0,5 gib', 0.5 * 1024 ** 3],
  ['512', 512],
  ['512 B', 512],
  ['1 KiB', 1024],
])('reads %s', (text, bytes) => expect(parseSize(text)).toBe(bytes))

it.each(['', 'ten', '10 GiBs', '-1 GiB', '1e9', '10 G i B', '9999999 PiB', '0x10'])('does not read %j', (text) =>
  expect(parseSize(text)).toBeNull(),
)

it('says what to write instead, and takes no nothing', () => {
  expect(SizeWords.safeParse('much').error?.issues[0]?.message).toContain('10 GiB')
  expect(SizeWords.safeParse('0 GiB').success).toBe(false)
})
