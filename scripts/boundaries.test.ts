import { describe, expect, it } from 'vitest'
import { allImports, BOUNDARIES, breaches, rowFor } from './boundaries.mjs'

it('is kept by every file', () => {
  expect(breaches()).toEqual([])
})

describe.each(BOUNDARIES)('$because', (row) => {
  const [importer, imported] = row.breach as [string, string]

  it('refuses its breach, with its own words', () => {
    expect(rowFor(importer, imported)).toBe(row)
  })

  it('speaks of files that are there', () => {
    const imports = allImports()
    expect(imports.some(([file]) => file === importer)).toBe(true)
    expect(imports.some(([, target]) => target === imported)).toBe(true)
  })
})

it('sees imports of types, of packages and those at run time', () => {
  const imports = allImports().map((pair) => pair.join(' '))
  expect(imports).toContain('agent/main.ts agent/run.ts')
  expect(imports).toContain('lib/drivers/contract/host.ts zod')
  expect(imports).toContain('lib/drivers/contract/host.ts lib/drivers/contract/driver-host.ts')
})
