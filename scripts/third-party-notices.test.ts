import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAllowed, NOTICES_FILE, shippedPackages, thirdPartyNotices } from './third-party-notices.mjs'

const read = (file: string) => readFileSync(path.join(import.meta.dirname, '..', file), 'utf8')

it('LICENSE is the Apache License 2.0, word for word', () => {
  expect(createHash('sha256').update(read('LICENSE')).digest('hex')).toBe(
    'cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30',
  )
  expect(JSON.parse(read('package.json')).license).toBe('Apache-2.0')
})

describe('THIRD-PARTY-NOTICES', () => {
  it('is as package-lock.json would have it: else run node scripts/third-party-notices.mjs', () => {
    expect(readFileSync(NOTICES_FILE, 'utf8') === thirdPartyNotices()).toBe(true)
  })

  it('names every package that package.json asks for, and what the agent is bundled from', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
    const notices = read('THIRD-PARTY-NOTICES')
    for (const [name, version] of Object.entries(dependencies)) expect(notices).toContain(`\n${name} ${version} (`)
    const named = new Set(shippedPackages().map(({ name }) => name))
    for (const name of ['execa', 'zod', 'signal-exit', 'next']) expect(named.has(name), name).toBe(true)
    expect(named.has('vitest')).toBe(false)
  })

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-3.0', false],
    ['GPL-3.0', false],
    ['AGPL-3.0-only', false],
    ['SEE LICENSE IN LICENSE.txt', false],
    ['UNLICENSED', false],
    ['LGPL-3.0-or-later', false],
    [undefined, false],
  ])('%s is allowed: %s', (licence, expected) => {
    expect(isAllowed('some-package', licence)).toBe(expected)
  })

  it('is not made with a licence that nobody has agreed to', () => {
    const packages = [{ name: 'copyleft', version: '1.0.0', licence: 'GPL-3.0', source: '', text: '' }]
    expect(() => thirdPartyNotices(packages)).toThrow('copyleft 1.0.0: GPL-3.0')
  })
})
