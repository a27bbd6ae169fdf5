import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Outputs of real tools, recorded as `<command>.<distribution>[.<case>].out|err|json|xml` beside the driver. */
export function fixture(driver: string, name: string): string {
  return readFileSync(fileURLToPath(new URL(`../${driver}/fixtures/${name}`, import.meta.url)), 'utf8')
}

export function fixtureNames(driver: string): string[] {
  return readdirSync(fileURLToPath(new URL(`../${driver}/fixtures`, import.meta.url)))
}
