import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseBackendInput } from '@/lib/drivers/input'
import { DESCRIPTORS, DRIVER_IDS, type DriverId, driverById } from '@/lib/drivers/registry'
import { samplesOf } from '@/testing/drivers/samples'

const root = fileURLToPath(new URL('.', import.meta.url))
/** What the types share. */
const SHARED = ['contract', 'mounting', 'options', 'problems']
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !SHARED.includes(entry.name))
  .map((entry) => entry.name)
it('registers every folder, and every registered type has one', () => {
  expect([...DRIVER_IDS].sort()).toEqual([...folders].sort())
  expect(new Set(DRIVER_IDS).size).toBe(DESCRIPTORS.length)
})

describe.each(folders)('%s', (folder) => {
  const files = readdirSync(`${root}${folder}`)
  const descriptor = driverById(folder)

  it('tells its whole story: README, both faces, samples, contract test', () => {
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'descriptor.ts', 'host.ts', 'samples.ts', 'driver.contract.test.ts']),
    )
    const contract = readFileSync(`${root}${folder}/driver.contract.test.ts`, 'utf8')
    expect(contract).toContain('describeDriver')
    // What runs is compared with what is shown.
    if (descriptor.mounting !== undefined) expect(contract).toMatch(/\n {2}shown: /)
  })

  it('has samples that can be created', () => {
    const { backends } = samplesOf(folder as DriverId)
    expect(backends).not.toEqual([])
    for (const { config } of backends) expect(() => parseBackendInput(folder, config)).not.toThrow()
  })

  it('has a test over recorded outputs for every parser', () => {
    const parsers = files.filter((name) => /^parse-.*(?<!\.test)\.ts$/.test(name))
    for (const parser of parsers) {
      const test = `${root}${folder}/${parser.replace('.ts', '.test.ts')}`
      expect(existsSync(test), test).toBe(true)
      expect(readFileSync(test, 'utf8')).toMatch(/\b(?:fixture|recordings)\(/)
    }
    expect(readdirSync(`${root}${folder}/fixtures`).length).toBeGreaterThan(0)
  })

  it('names every command of its README and every package', () => {
    const readme = readFileSync(`${root}${folder}/README.md`, 'utf8')
    for (const command of descriptor.hostCommands) expect(readme).toContain(command)
    expect(readme).toMatch(/\*\*Packages\*\*/)
    expect(readme).toMatch(/\*\*Traps\*\*/)
  })
})
