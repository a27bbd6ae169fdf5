import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm

interface Source {
  isClient: boolean
  isServerOnly: boolean
  /** Files, as paths from the root, and packages by their names; types alone and what is loaded later are left out. */
  imports: string[]
}

const sources = new Map<string, Source>()

function sourceOf(file: string): Source {
  const known = sources.get(file)
  if (known) return known
  const text = readFileSync(path.join(ROOT, file), 'utf8')
  const found = [...text.matchAll(IMPORT)]
    .filter(([, names = '']) => !/^\{(?:\s*type\s[^,}]*,?)+\s*\}$/.test(names.trim()))
    .map(([, , specifier = '']) => specifier)
  const source = {
    isClient: /^'use client'/m.test(text),
    isServerOnly: found.includes('server-only'),
    imports: found.map((specifier) => resolved(file, specifier)),
  }
  sources.set(file, source)
  return source
}

function resolved(from: string, specifier: string): string {
  if (!/^(?:@\/|\.)/.test(specifier)) return specifier
  const plain = specifier.startsWith('@/') ? specifier.slice(2) : path.join(path.dirname(from), specifier)
  const [file] = ['', '.ts', '.tsx']
    .map((end) => plain + end)
    .filter((each) => /\.(?:tsx?|mjs)$/.test(each) && FILES.has(each))
  return file ?? specifier
}

const FILES = new Set(globSync('{app,components,lib}/**/*.{ts,tsx,mjs}', { cwd: ROOT }))

/** Does a browser that opens this page load the package before it asks for anything more? */
function loads(page: string, wanted: string): boolean {
  const seen = new Set<string>()
  const visit = (file: string, inBrowser: boolean): boolean => {
    if (file === wanted) return inBrowser
    if (!FILES.has(file)) return false
    const { isClient, isServerOnly, imports } = sourceOf(file)
    const here = inBrowser || isClient
    if (isServerOnly || seen.has(`${file} ${here}`)) return false
    seen.add(`${file} ${here}`)
    return imports.some((each) => visit(each, here))
  }
  return visit(page, false)
}

test('only pages that check what is typed load what checks it', () => {
  const pages = globSync('app/(console)/**/page.tsx', { cwd: ROOT })
  expect(pages.length).toBeGreaterThan(40)
  expect(pages.filter((page) => loads(page, 'zod')).toSorted()).toEqual(
    ['operations', 'settings/account', 'settings', 'settings/retention'].map(
      (each) => `app/(console)/${each}/page.tsx`,
    ),
  )
})
