import { z } from 'zod'
import { unreadableOutput } from '@/lib/drivers/problems/problem'

const Wipefs = z.object({ signatures: z.array(z.object({ type: z.string(), label: z.string().nullish() })) })

const NO_REPORT = 'printed something that is not its report'

/** What `wipefs --json DEVICE` found, in words; empty for none. Some versions print nothing at all when there is nothing. */
export function parseWipefs(stdout: string): string[] {
  if (stdout.trim() === '') return []
  let json: unknown
  try {
    json = JSON.parse(stdout)
  } catch {
    throw unreadableOutput('wipefs', NO_REPORT)
  }
  const parsed = Wipefs.safeParse(json)
  if (!parsed.success) throw unreadableOutput('wipefs', NO_REPORT)
  return parsed.data.signatures.map(({ type, label }) => (label ? `${type} "${label}"` : type))
}

/** What `blkid -p -o export DEVICE` found. Exit code 2 is its way to say: nothing; 8 is: several things that contradict each other. */
export function parseBlkid(exitCode: number, stdout: string): string[] {
  if (exitCode === 2 && stdout.trim() === '') return []
  if (exitCode === 8) return ['several signatures']
  const values = new Map(
    stdout
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  )
  const found = values.get('TYPE') ?? values.get('PTTYPE')
  if (exitCode !== 0 || found === undefined) throw unreadableOutput('blkid', NO_REPORT)
  return [found]
}
