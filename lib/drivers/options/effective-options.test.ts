import { expect, test } from 'vitest'
import { compareOptions } from '@/lib/drivers/options/effective-options'
import { optionOf } from '@/lib/drivers/options/mount-options'

const FACTS = {
  alternatives: [['hard', 'soft']],
  synonyms: { 'proto=tcp': ['proto=tcp6'] },
  open: ['vers=default'],
}

test.each<[string, string[], string, unknown[]]>([
  ['as asked', ['rw', 'nosuid', 'nodev', 'hard'], 'rw,nosuid,nodev,relatime,hard,vers=4.2', []],
  ['read-only instead', ['rw'], 'ro,nosuid', [{ option: 'rw', asked: 'rw', effective: 'ro' }]],
  ['read-only below a writable mount', ['ro'], 'rw,nosuid,ro', []],
  ['soft instead of hard', ['hard'], 'rw,soft', [{ option: 'hard', asked: 'hard', effective: 'soft' }]],
  [
    'a size that was negotiated',
    ['rsize=1048576'],
    'rw,rsize=262144',
    [{ option: 'rsize', asked: 'rsize=1048576', effective: 'rsize=262144' }],
  ],
  ['words that the kernel never shows', ['retry=0', 'nconnect=4'], 'rw,hard', []],
  ['a flag that did not come', ['noexec'], 'rw', [{ option: 'noexec', asked: 'noexec', effective: null }]],
  ['another word of the kernel for the same', ['proto=tcp', 'vers=default'], 'rw,proto=tcp6,vers=3.1.1', []],
  [
    'a value that is no such word',
    ['proto=tcp', 'vers=3'],
    'rw,proto=rdma,vers=4.2',
    [
      { option: 'proto', asked: 'proto=tcp', effective: 'proto=rdma' },
      { option: 'vers', asked: 'vers=3', effective: 'vers=4.2' },
    ],
  ],
  ['a flag that nobody asked for', ['rw'], 'rw,noexec', [{ option: 'noexec', asked: null, effective: 'noexec' }]],
])('compares: %s', (_case, asked, effective, expected) => {
  expect(compareOptions(asked.map(optionOf), effective, FACTS)).toEqual(expected)
})
