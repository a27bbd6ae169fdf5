import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { offlinePage } from '@/app/service-worker.js/offline'
import { GET } from '@/app/service-worker.js/route'

const CSS = readFileSync('app/globals.css', 'utf8')
const TEMPLATE = readFileSync('app/service-worker.js/offline.html', 'utf8')

it('has every colour that it uses, as the console has it', () => {
  const { html } = offlinePage(TEMPLATE, CSS)
  const used = new Set([...html.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name))
  for (const name of used) expect(html).toMatch(new RegExp(`${name}: light-dark\\([^;]+;`))
  expect(used.size).toBeGreaterThan(5)
  expect(() => offlinePage(TEMPLATE, CSS.replace(/^ {2}--ink: .*$/m, ''))).toThrow('--ink')
})

it('may run its own script and ask this server, and nothing else', () => {
  const { html, headers } = offlinePage(TEMPLATE, CSS)
  expect(headers['Content-Security-Policy']).not.toContain('unsafe')
  expect(headers['Content-Security-Policy']).toMatch(
    /default-src 'none'.*script-src 'sha256-[^']+'; connect-src 'self'/,
  )
  // Nothing that would have to be loaded from a server that is away.
  expect(html).not.toMatch(/\b(src|href)=/)
})

it('is carried by a worker that keeps nothing', async () => {
  const script = await GET().text()
  expect(script).toContain('Holdfast does not answer')
  expect(script).not.toContain('{offline}')
  expect(script).not.toMatch(/\bcaches\b|indexedDB|importScripts/)
  // It parses.
  expect(() => new Function(script)).not.toThrow()
})
