import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { DocFrame } from '@/components/help/doc-frame'

test('the reference stands in the side list after the document about the API, and is marked on its page', () => {
  const html = renderToStaticMarkup(<DocFrame current="/api-reference">text</DocFrame>)
  const links = [...html.matchAll(/<a[^>]*>/g)].map(([tag]) => tag)
  const at = links.findIndex((tag) => tag.includes('href="/help/api"'))
  expect(links[at + 1]).toContain('href="/api-reference"')
  expect(links.filter((tag) => tag.includes('aria-current="page"'))).toEqual([links[at + 1]])
})
