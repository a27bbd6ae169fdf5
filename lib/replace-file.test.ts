import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { replaceFile } from '@/lib/replace-file'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-replace-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

it('writes and replaces a file that only its owner reads, and leaves nothing beside it', () => {
  const file = path.join(directory, 'key')
  const elsewhere = path.join(directory, 'elsewhere')
  symlinkSync(elsewhere, `${file}.${process.pid}.new`)
  replaceFile(file, 'one')
  replaceFile(file, 'two')
  expect(readFileSync(file, 'utf8')).toBe('two')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(directory)).toEqual(['key'])
})

it('leaves nothing behind when it cannot replace', () => {
  mkdirSync(path.join(directory, 'key'))
  expect(() => replaceFile(path.join(directory, 'key'), 'one')).toThrow()
  expect(readdirSync(directory)).toEqual(['key'])
})
