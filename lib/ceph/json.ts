import { z } from 'zod'
import { unreadableOutput } from '@/lib/drivers/problems/problem'

/** What a tool of Ceph printed with `--format json`. Throws `command_failed` for anything that is not its report. */
export function readJson<T extends z.ZodType>(
  program: 'ceph' | 'rbd',
  verb: string,
  shape: T,
  stdout: string,
): z.output<T> {
  let json: unknown
  try {
    json = JSON.parse(stdout)
  } catch {
    json = undefined
  }
  const parsed = shape.safeParse(json)
  if (parsed.success) return parsed.data
  throw unreadableOutput(program, `${verb} printed something that is not its report`)
}

export const Bytes = z.int().nonnegative()
