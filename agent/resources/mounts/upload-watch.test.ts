import { expect, it } from 'vitest'
import { UploadWatch } from './upload-watch'

const START = Date.parse('2026-11-30T12:00:00Z')
const at = (minute: number) => new Date(START + minute * 60_000)
/** `moved`: bytes and files of all transfers, `failed`: of all attempts, since the daemon began. */
const queue = (files: number, moved = 0, failed = 0, heldMs = 5_000) => ({
  files,
  uploads: { done: moved, bytes: moved, failed, said: null, heldMs },
})

it.each<[string, [minute: number, ReturnType<typeof queue>][], number | null]>([
  ['nothing waits', [0, 10, 20].map((minute) => [minute, queue(0)]), null],
  [
    'files have only just come',
    [
      [0, queue(2)],
      [1, queue(3)],
    ],
    null,
  ],
  [
    'none gets through',
    [
      [0, queue(2)],
      [10, queue(2, 0, 3)],
      [20, queue(5, 0, 6)],
    ],
    0,
  ],
  [
    'some get through, and others come',
    [
      [0, queue(2)],
      [10, queue(1)],
      [11, queue(4)],
    ],
    null,
  ],
  [
    'a large file is on its way',
    [
      [0, queue(1, 10)],
      [20, queue(1, 20)],
      [40, queue(1, 30)],
    ],
    null,
  ],
  [
    'only reads get through',
    [
      [0, queue(1, 10, 4)],
      [1, queue(1, 20, 5)],
      [9, queue(1, 30, 6)],
    ],
    0,
  ],
  [
    'it went on and stopped again',
    [
      [0, queue(3)],
      [10, queue(2, 1)],
      [25, queue(2, 1, 1)],
    ],
    10,
  ],
  [
    'files are held back on purpose',
    [
      [0, queue(1, 0, 0, 3_600_000)],
      [59, queue(2, 0, 0, 3_600_000)],
    ],
    null,
  ],
  [
    'the daemon was started again',
    [
      [0, queue(2, 90, 9)],
      [20, queue(2, 0, 0)],
    ],
    null,
  ],
  [
    'everything was written',
    [
      [0, queue(2)],
      [20, queue(0)],
      [21, queue(1)],
    ],
    null,
  ],
])('knows since when nothing moves: %s', (_name, looks, since) => {
  const watch = new UploadWatch()
  const [last] = looks.map(([minute, pending]) => watch.look(pending, at(minute))).reverse()
  expect(last).toEqual(since === null ? null : at(since))
})
