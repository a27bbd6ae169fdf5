import { expect, it } from 'vitest'
import { directoryAt, hasSharedMemory, withDirectory, withoutDirectory } from './shared-directories'

const SHARED = "<memoryBacking><hugepages/><access mode='shared'/></memoryBacking>"
const machine = (memory: string, devices = '') =>
  `<domain type='kvm'><name>a &amp; b</name>${memory}<devices><!-- mine -->${devices}</devices></domain>`
const DIRECTORY = { source: "/mnt/it's", tag: 'data', readOnly: false }

it('adds the directory and the memory that it needs, and takes the directory away again', () => {
  const given = withDirectory(machine(''), DIRECTORY)
  expect(hasSharedMemory(given)).toBe(true)
  expect(directoryAt(given, 'data')).toEqual(DIRECTORY)
  expect(given).toContain('<name>a &amp; b</name>')
  expect(given).toContain('<!-- mine -->')
  const left = withoutDirectory(given, 'data')
  expect(directoryAt(left, 'data')).toBeNull()
  expect(hasSharedMemory(left)).toBe(true)
  expect(withoutDirectory(left, 'data')).toBe(left)
  expect(directoryAt(withDirectory(left, { ...DIRECTORY, readOnly: true }), 'data')?.readOnly).toBe(true)
})

it('leaves settings of the memory to whoever made them', () => {
  const before = machine(SHARED)
  expect(withoutDirectory(withDirectory(before, DIRECTORY), 'data').replace('\n</devices>', '</devices>')).toBe(before)
  const own = machine("<memoryBacking><hugepages/><access mode='private'/></memoryBacking>")
  expect(() => withDirectory(own, DIRECTORY)).toThrow(/settings of its own for its memory.*virsh edit/)
})

it('takes no other kind of file system for one of these', () => {
  const other = "<filesystem type='mount'><driver type='path'/><source dir='/x'/><target dir='data'/></filesystem>"
  expect(() => directoryAt(machine('', other), 'data')).toThrow('another file system under the tag data')
  expect(directoryAt(machine('', other), 'other')).toBeNull()
})
