import { describe, expect, it } from 'vitest'
import { allImports, BOUNDARIES, breaches, rowFor } from './boundaries.mjs'

/** Reads every file, so once. */
const imports = allImports()

it('is kept by every file', () => {
  expect(breaches(imports)).toEqual([])
})

describe.each(BOUNDARIES)('$because', (row) => {
  const [importer, imported] = row.breach as [string, string]

  it('refuses its breach, with its own words', () => {
    expect(rowFor(importer, imported)).toBe(row)
  })

  it('speaks of files that are there', () => {
    expect(imports.some(([file]) => file === importer)).toBe(true)
    expect(imports.some(([, target]) => target === imported)).toBe(true)
  })
})

it('sees imports of types, of packages and those at run time', () => {
  const pairs = imports.map((pair) => pair.join(' '))
  expect(pairs).toContain('agent/main.ts agent/run.ts')
  expect(pairs).toContain('lib/drivers/contract/host.ts zod')
  expect(pairs).toContain('lib/drivers/contract/host.ts lib/drivers/contract/driver-host.ts')
})
