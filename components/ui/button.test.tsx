import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { Button } from '@/components/ui/button'

it('keeps the focus while what it does is under way', () => {
  const html = renderToStaticMarkup(<Button pending>Test</Button>)
  expect(html).toContain('aria-disabled="true"')
  expect(html).not.toMatch(/ disabled=/)
  expect(renderToStaticMarkup(<Button disabled>Test</Button>)).toMatch(/ disabled=/)
})
