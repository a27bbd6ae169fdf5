import { describe, expect, it } from 'vitest'
import { parseBlkid, parseWipefs } from '@/lib/drivers/iscsi-lvm/parse-signatures'
import { distributions, recordings } from '@/testing/drivers/fixtures'

describe.each(distributions('iscsi-lvm', 'wipefs'))('tools of %s', (distribution) => {
  const [wipefs, blkid] = ['wipefs', 'blkid'].map((tool) => recordings('iscsi-lvm', `${tool}.${distribution}.`))
  const found = Object.fromEntries([
    ...(wipefs ?? []).map(({ name, text }) => [name, parseWipefs(text)]),
    ...(blkid ?? []).map(({ name, text, exitCode }) => [name, parseBlkid(exitCode, text)]),
  ])

  it('say what the recorded disks hold', () => {
    expect(found).toEqual({
      [`wipefs.${distribution}.empty.out`]: [],
      [`blkid.${distribution}.empty.out`]: [],
      [`wipefs.${distribution}.ext4.out`]: ['ext4 "data"'],
      [`blkid.${distribution}.ext4.out`]: ['ext4'],
      [`wipefs.${distribution}.partitions.out`]: expect.arrayContaining(['gpt', 'PMBR']),
      [`blkid.${distribution}.partitions.out`]: ['gpt'],
    })
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
