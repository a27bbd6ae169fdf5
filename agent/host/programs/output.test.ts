import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Output } from './output'

let directory: string
const file = () => join(directory, 'output')

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-output-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

it('gives each whole line once', () => {
  const output = new Output(directory, 0)
  expect(output.next()).toEqual([])
  writeFileSync(file(), '1 one\n2 two  words\n3 thr')
  expect(output.next()).toEqual([
    { number: 1, text: 'one' },
    { number: 2, text: 'two  words' },
  ])
  expect(output.next()).toEqual([])
  appendFileSync(file(), 'ee\n')
  expect(output.next()).toEqual([{ number: 3, text: 'three' }])
})

it('goes on over the change to another file, and after what is known', () => {
  writeFileSync(file(), '1 one\n2 two\n')
  const output = new Output(directory, 1)
  expect(output.next()).toEqual([{ number: 2, text: 'two' }])
  appendFileSync(file(), '3 three\n')
  renameSync(file(), `${file()}.1`)
  writeFileSync(file(), '4 four\n')
  expect(output.next().map(({ number }) => number)).toEqual([3, 4])
  // More than fits was printed since the last look: the oldest lines are gone.
  writeFileSync(`${file()}.1`, '8 eight\n')
  rmSync(file())
  writeFileSync(file(), '9 nine nine\n')
  expect(output.next().map(({ number }) => number)).toEqual([8, 9])
})
