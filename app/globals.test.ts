import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync('app/globals.css', 'utf8')

function colour(name: string): [light: string, dark: string] {
  const [, light = '', dark = ''] =
    new RegExp(`--${name}: light-dark\\((rgb\\(.*?\\)|#\\w+), (rgb\\(.*?\\)|#\\w+)\\)`).exec(css) ?? []
  return [light, dark]
}

function over([canvas, scrim]: readonly [string, string]): string {
  const below = [1, 3, 5].map((at) => Number.parseInt(canvas.slice(at, at + 2), 16))
  const [red = 0, green = 0, blue = 0, alpha = 0] = scrim.match(/[\d.]+/g)?.map(Number) ?? []
  const mixed = [red, green, blue].map((value, at) => Math.round(value * alpha + (below[at] ?? 0) * (1 - alpha)))
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

test('the room of the scrollbar stays, and is as dark as the page under a scrim', () => {
  expect(css).toContain('scrollbar-gutter: stable')
  expect(css).toMatch(/html:has\(\.bg-scrim\) \{\s*background: var\(--canvas-dimmed\)/)
  const [canvas, scrim] = [colour('canvas'), colour('scrim')]
  expect(colour('canvas-dimmed')).toEqual([over([canvas[0], scrim[0]]), over([canvas[1], scrim[1]])])
})

test('with reduced motion no colour goes down the page from element to element', () => {
  const [, reduced = ''] = /prefers-reduced-motion: reduce\) \{(.*?)\n\}/s.exec(css) ?? []
  expect(reduced).toContain('transition: none')
  expect(reduced).not.toContain('transition-duration')
})

test('every backdrop is known by the class that the dimming goes by', () => {
  const backdrops = globSync('components/**/*.tsx').filter((file) =>
    /Backdrop\b|overlayClassName/.test(readFileSync(file, 'utf8')),
  )
  expect(backdrops.length).toBeGreaterThan(1)
  for (const file of backdrops) expect(readFileSync(file, 'utf8'), file).toContain('bg-scrim')
})
