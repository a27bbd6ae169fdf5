import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Index = z.object({
  recordings: z.record(
    z.string(),
    z.object({ command: z.string(), exitCode: z.int(), stream: z.enum(['stdout', 'stderr']) }),
  ),
})

/** What a real tool printed, as `<command>.<distribution>[.<case>].out` in the folder of an engine. */
export function recorded(engine: string, name: string): { exitCode: number; text: string } {
  const file = (each: string) =>
    readFileSync(new URL(`../../lib/volume-engines/${engine}/fixtures/${each}`, import.meta.url), 'utf8')
  const [, distribution = ''] = name.split('.')
  const entry = Index.parse(JSON.parse(file(`index.${distribution}.json`))).recordings[name]
  if (entry === undefined) throw new Error(`${name} was not recorded`)
  return { exitCode: entry.exitCode, text: file(name) }
}
