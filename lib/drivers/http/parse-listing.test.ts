import { describe, expect, it } from 'vitest'
import { parseListing } from '@/lib/drivers/http/parse-listing'
import { fixture } from '@/testing/drivers/fixtures'

const BASE = 'http://10.77.0.1:8080'

it.each([
  ['listing', '/files/', ['inside', 'hello.txt']],
  ['listing-empty', '/files/empty/', []],
  [
    'listing-odd',
    '/files/odd/',
    ['a folder', '100%.txt', '<b>', 'a b.txt', 'a#b', "it's", 'q?x', 'x&y.txt', 'ümlaut.txt'],
  ],
  ['page', '/page/', null],
  ['file', '/files/hello.txt', null],
])('reads the recorded %s', (name, path, expected) => {
  expect(parseListing(fixture('http', `curl.debian12.${name}.out`), `${BASE}${path}`)).toEqual(expected)
})

describe('links', () => {
  const list = (html: string) => parseListing(html, 'https://example.com/a/b')

  it.each([
    ["<A class=x HREF='c.iso'>c</A>", ['c.iso']],
    ['<a href="/a/b/c/">c</a><a href="https://example.com/a/b/d">d</a>', ['c', 'd']],
    ['<a href="x&amp;y">x</a><a href="x%26y">again</a>', ['x&y']],
  ])('one step down: %s', (html, names) => {
    expect(list(html)).toEqual(names)
  })

  it.each([
    '',
    '<a href="../">up</a><a href="/">root</a><a href="?C=N;O=D">sort</a>',
    '<a href="https://evil.example.com/a/b/c">elsewhere</a>',
    '<a href="//evil.example.com/a/b/c">elsewhere</a>',
    '<a href="c/d/e">too deep</a>',
    '<a href="javascript:alert(1)">x</a><a href="%ZZ">x</a><a href="%2f">x</a>',
    '<a href="http://[broken">x</a>',
  ])('not: %s', (html) => {
    expect(list(html)).toBeNull()
  })

  it('stops at a thousand, and takes no time over a hostile page', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `<a href="${index}">x</a>`).join('')
    expect(list(many)).toHaveLength(1000)
    expect(list('<a '.repeat(80_000))).toBeNull()
    expect(list(`<a href="${'x'.repeat(200_000)}`)).toBeNull()
  })
})
