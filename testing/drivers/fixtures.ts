import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const Index = z.object({
  recordings: z.record(
    z.string(),
    z.object({ command: z.string(), exitCode: z.int(), stream: z.enum(['stdout', 'stderr']) }),
  ),
})

/** What a real tool printed, with the command that did it. */
export interface Recorded {
  name: string
  command: string
  exitCode: number
  stream: 'stdout' | 'stderr'
  text: string
}

function folder(driver: string): string {
  return fileURLToPath(new URL(`../../lib/drivers/${driver}/fixtures/`, import.meta.url))
}

/** One output, recorded as `<command>.<distribution>[.<case>].out|err|json` beside the driver. */
export function fixture(driver: string, name: string): string {
  return readFileSync(`${folder(driver)}${name}`, 'utf8')
}

/** The recordings of the lab whose name begins like this, by the index files that it writes beside them. */
export function recordings(driver: string, prefix: string): Recorded[] {
  return readdirSync(folder(driver))
    .filter((name) => /^index\..*\.json$/.test(name))
    .flatMap((name) => Object.entries(Index.parse(JSON.parse(fixture(driver, name))).recordings))
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, { command, exitCode, stream }]) => ({ name, command, exitCode, stream, text: fixture(driver, name) }))
}

/** The distributions on which the lab has recorded a command for a driver, as the names of the fixtures have them. */
export function distributions(driver: string, command: string): string[] {
  const names = recordings(driver, `${command}.`).map(({ name }) => name.split('.')[1] ?? '')
  return [...new Set(names)].sort()
}
