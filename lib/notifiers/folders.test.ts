import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ALL_NOTIFIERS, NOTIFIER_TYPES, notifierByType } from '@/lib/notifiers/registry'

const root = fileURLToPath(new URL('.', import.meta.url))
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'contract')
  .map((entry) => entry.name)

it('registers every folder, and every registered type has one', () => {
  expect([...NOTIFIER_TYPES].sort()).toEqual([...folders].sort())
  expect(new Set(NOTIFIER_TYPES).size).toBe(ALL_NOTIFIERS.length)
})

describe.each(folders)('%s', (folder) => {
  it('tells its whole story: README, both halves, contract test', () => {
    expect(readdirSync(`${root}${folder}`)).toEqual(
      expect.arrayContaining(['README.md', 'descriptor.ts', 'sender.ts', 'sender.contract.test.ts']),
    )
  })

  it('has a hint for each setting, and says where each secret goes', () => {
    const { config, secrets, fields, destination = {} } = notifierByType(folder)
    const keys = [...Object.keys(config.shape), ...Object.keys(secrets.shape)]
    expect(Object.keys(fields).sort()).toEqual(keys.sort())
    for (const key of Object.keys(destination)) expect(Object.keys(config.shape)).toContain(key)
    // Without a destination, the secret is the address itself.
    if (Object.keys(secrets.shape).length > 0 && Object.keys(destination).length === 0)
      expect(Object.keys(secrets.shape)).toContain('url')
  })
})
