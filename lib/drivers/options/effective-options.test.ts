import { expect, test } from 'vitest'
import { askedOptions, compareOptions } from '@/lib/drivers/options/effective-options'

test.each([
  [
    ['mount -c -t nfs -o vers=4.2,hard,rw,nosuid,nodev -- nas:/x /mnt/x'],
    ['vers=4.2', 'hard', 'rw', 'nosuid', 'nodev'],
  ],
  [
    ['mount -c --bind -- /a /b', 'mount -c -o remount,rw,nosuid -- /b'],
    ['rw', 'nosuid'],
  ],
  [["mount -c -t cifs -o 'ro,iocharset=a b' -- //x/y /mnt/x"], ['ro', 'iocharset=a b']],
  [['rclone mount x:y /mnt/x -o ro'], null],
  [[], null],
])('reads what %j asks for', (commands, expected) => {
  expect(askedOptions(commands)).toEqual(expected)
})

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
  ['a flag that nobody asked for', ['rw'], 'rw,noexec', [{ option: 'noexec', asked: null, effective: 'noexec' }]],
])('compares: %s', (_case, asked, effective, expected) => {
  expect(compareOptions(asked, effective)).toEqual(expected)
})
