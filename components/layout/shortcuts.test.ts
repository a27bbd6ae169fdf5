import { expect, test } from 'vitest'
import { type Command, GO_TO, type Pressed, readKey, SEQUENCE_MS } from '@/components/layout/shortcuts'

/** The commands of keys that are pressed one after the other, 100 ms apart. */
function commandsOf(keys: string, over: Partial<Pressed> = {}, gap = 100): Command[] {
  let since: number | null = null
  return [...keys].flatMap((key, index) => {
    const step = readKey(since, { key, at: index * gap, isModified: false, isTaken: false, isOff: false, ...over })
    since = step.since
    return step.command ? [step.command] : []
  })
}

test.each([
  ['?', [{ kind: 'sheet' }]],
  ['/', [{ kind: 'search' }]],
  ['gm', [{ kind: 'go', href: '/mounts' }]],
  ['gM', [{ kind: 'go', href: '/mounts' }]],
  ['gx', [{ kind: 'go', href: '/mounts/placement' }]],
  ['gz?', [{ kind: 'sheet' }]],
  ['m', []],
  ['k', []],
])('%s does %j', (keys, commands) => {
  expect(commandsOf(keys)).toEqual(commands)
})

test('a letter that comes late after g is a letter', () => {
  expect(commandsOf('gm', {}, SEQUENCE_MS + 1)).toEqual([])
})

test('in a field nothing but Ctrl K counts, and so it is for who has switched single keys off', () => {
  for (const over of [{ isTaken: true }, { isOff: true }]) {
    expect(commandsOf('gm?/', over)).toEqual([])
    expect(commandsOf('k', { ...over, isModified: true })).toEqual([{ kind: 'palette' }])
  }
})

test('keys of the browser and of the system stay theirs', () => {
  expect(commandsOf('gm/?', { isModified: true })).toEqual([])
})

test('no letter leads to two pages', () => {
  expect(new Set(GO_TO.map(({ key }) => key)).size).toBe(GO_TO.length)
})
