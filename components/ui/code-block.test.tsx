import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { inHalves, Mono, MonoCell } from '@/components/ui/code-block'

test.each([
  ['', ''],
  ['/mnt/media', ''],
  ['nas1:/export/media', '/media'],
  ['nas1.storage.example.com:/exports/projects/2026/archive', '2026/archive'],
])('of "%s" the end "%s" stays', (text, tail) => {
  const [head, end] = inHalves(text)
  expect(head + end).toBe(text)
  expect(end).toBe(tail)
})

test('the page holds the whole text, to be selected and searched, and the pointer reads it in one piece', () => {
  const text = '//fileserver.example.com/A share with spaces/and a folder of it'
  for (const drawn of [<Mono key="1" text={text} copy />, <MonoCell key="2" text={text} />].map((node) =>
    renderToStaticMarkup(node),
  )) {
    expect(drawn).toContain(`title="${text}"`)
    expect(drawn).toContain(`aria-label="Copy ${text}"`)
    expect(drawn.replaceAll(/<[^>]*>/g, '')).toBe(text)
  }
})
