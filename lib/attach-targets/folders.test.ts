import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { HOST_TARGETS } from '@/agent/attach-targets'
import { COMMANDS } from '@/agent/host/exec/commands'
import { ATTACH_TARGETS } from '@/lib/attach-targets/registry'

const root = fileURLToPath(new URL('.', import.meta.url))
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'contract')
  .map((entry) => entry.name)

it('registers every folder in both halves, under its own name', () => {
  expect(ATTACH_TARGETS.map(({ id }) => id).sort()).toEqual([...folders].sort())
  expect(HOST_TARGETS.map(({ descriptor }) => descriptor)).toEqual(ATTACH_TARGETS)
})

describe.each(folders)('%s', (folder) => {
  it('tells its whole story: README, both halves, contract test', () => {
    const files = ['README.md', 'descriptor.ts', 'host.ts', 'target.contract.test.ts']
    expect(files.filter((file) => !existsSync(`${root}${folder}/${file}`))).toEqual([])
  })

  it('asks only by programs of the catalogue', () => {
    const commands = ATTACH_TARGETS.find(({ id }) => id === folder)?.hostCommands ?? []
    expect(commands.filter((command) => !Object.hasOwn(COMMANDS, command))).toEqual([])
  })
})
