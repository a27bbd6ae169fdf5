import { expect, it } from 'vitest'
import { entryLine, type OwnEntry, ownEntries, withEntries } from '@/lib/attach-targets/lxc/own-block'

const ENTRY: OwnEntry = { source: '/mnt/nas', inside: '/srv/data', readOnly: false, isMapped: false }
const OTHER: OwnEntry = { source: '/mnt/b', inside: '/srv/b', readOnly: true, isMapped: true }
const TEXTS = ['', 'lxc.uts.name = web\n', 'lxc.uts.name = web', '# a\r\n\xe4\xff\n\n\n', '\n']

it.each(TEXTS)('leaves %j as it was, however often something was given and taken', (text) => {
  const one = withEntries(text, [ENTRY])
  expect(ownEntries(one)).toEqual([ENTRY])
  const two = withEntries(one, [ENTRY, OTHER])
  expect(ownEntries(two)).toEqual([ENTRY, OTHER])
  expect(withEntries(two, [ENTRY])).toBe(one)
  expect(withEntries(one, [])).toBe(text)
  expect(withEntries(`${two}lxc.start.auto = 1\n`, [])).toBe(
    `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}lxc.start.auto = 1\n`,
  )
})

const HOSTILE = [
  '/a b',
  '/a\tb',
  '/a\nlxc.hook.start = /bin/evil',
  '/a\\040b',
  '/a,ro',
  '/"q"',
  "/'q'",
  '/#x',
  '/名前 ',
  '/a=b',
  '/\u2003x\u00a0',
]

it.each(HOSTILE)('writes %j so that it is one field of one line, and reads it back', (path) => {
  const entry = { ...ENTRY, source: path, inside: path }
  expect(entryLine(entry)).not.toMatch(/[\n\r]/)
  expect(entryLine(entry).split(/[ \t]+/)).toHaveLength(6)
  expect(ownEntries(withEntries('', [entry]))).toEqual([entry])
})

it('refuses lines that somebody has cut apart', () => {
  const text = withEntries('lxc.uts.name = web\n', [ENTRY])
  const lines = text.split('\n')
  for (const left of [lines.filter((_, at) => at !== 1), lines.filter((_, at) => at !== 4), [...lines, ...lines]])
    expect(() => ownEntries(left.join('\n'))).toThrow(expect.objectContaining({ code: 'conflict' }))
})
