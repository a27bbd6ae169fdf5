import { expect, it } from 'vitest'
import { parseBlkid, parseWipefs } from '@/lib/drivers/iscsi-lvm/parse-signatures'
import { recordings } from '@/lib/drivers/testing/fixtures'

const all = [...recordings('iscsi-lvm', 'wipefs.'), ...recordings('iscsi-lvm', 'blkid.')]
const found = Object.fromEntries(
  all.map(({ name, text, exitCode }) => [
    name.replace('.debian12', '').replace('.out', ''),
    name.startsWith('wipefs') ? parseWipefs(text) : parseBlkid(exitCode, text),
  ]),
)

it('says what the recorded disks hold', () => {
  expect(found).toEqual({
    'wipefs.empty': [],
    'blkid.empty': [],
    'wipefs.ext4': ['ext4 "data"'],
    'blkid.ext4': ['ext4'],
    'wipefs.partitions': expect.arrayContaining(['gpt', 'PMBR']),
    'blkid.partitions': ['gpt'],
  })
})

it('takes silence of wipefs for nothing, and contradictions of blkid for something', () => {
  expect(parseWipefs('\n')).toEqual([])
  expect(parseBlkid(8, '')).toEqual(['several signatures'])
})

it.each(['DEVICE OFFSET TYPE', '{}', '{"signatures": 1}', '[]'])('refuses %j from wipefs', (text) => {
  expect(() => parseWipefs(text)).toThrow(expect.objectContaining({ code: 'command_failed' }))
})

it.each([
  [0, ''],
  [0, 'DEVNAME=/dev/sda\n'],
  [2, 'TYPE=ext4\n'],
])('refuses exit code %i with %j from blkid', (exitCode, text) => {
  if (exitCode === 2) expect(() => parseBlkid(exitCode, text)).toThrow()
  else expect(() => parseBlkid(exitCode, text)).toThrow(expect.objectContaining({ code: 'command_failed' }))
})
