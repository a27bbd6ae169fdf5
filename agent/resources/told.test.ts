import { expect, test } from 'vitest'
import { Teller } from './told'

interface Thing {
  id: string
  size: number
}

function tellerOf(things: Thing[]) {
  let texts = 0
  const teller = new Teller<Thing>({
    list: () => things,
    idOf: ({ id }) => id,
    textOf: (thing) => {
      texts++
      return JSON.stringify(thing)
    },
  })
  const news: [string[], readonly string[]][] = []
  teller.subscribe((changed, gone) => void news.push([changed.map(({ id }) => id), gone]))
  return { teller, news, texts: () => texts }
}

test('tells what looks otherwise than before, and what is gone', () => {
  const things = [
    { id: 'a', size: 1 },
    { id: 'b', size: 1 },
  ]
  const { teller, news } = tellerOf(things)
  teller.tell()
  things[0] = { id: 'a', size: 1 }
  teller.tell()
  things[1] = { id: 'b', size: 2 }
  teller.tell()
  things.shift()
  teller.tell()
  expect(news).toEqual([
    [['a', 'b'], []],
    [['b'], []],
    [[], ['a']],
  ])
})

test('one change among ten thousand puts one into words', () => {
  const things = Array.from({ length: 10_000 }, (_none, index) => ({ id: String(index), size: 1 }))
  const { teller, texts } = tellerOf(things)
  teller.tell()
  const before = texts()
  things[5_000] = { id: '5000', size: 2 }
  teller.tell()
  expect(texts() - before).toBe(1)
})

test('has another version after each change, which was told by then, and never one of before', () => {
  const things = [{ id: 'a', size: 1 }]
  const { teller, news } = tellerOf(things)
  const first = teller.version()
  expect([news.length, teller.version()]).toEqual([1, first])
  things[0] = { id: 'a', size: 2 }
  const second = teller.version()
  expect(news.length).toBe(2)
  things[0] = { id: 'a', size: 1 }
  expect(new Set([first, second, teller.version()]).size).toBe(3)
  // Of another agent, which may have counted as far.
  expect(tellerOf(things).teller.version()).not.toBe(first)
})

test('a listener may ask for the version of what it hears', () => {
  const things = [{ id: 'a', size: 1 }]
  const { teller } = tellerOf(things)
  const heard: string[] = []
  teller.subscribe(() => void heard.push(teller.version()))
  expect([teller.version()]).toEqual(heard)
})
