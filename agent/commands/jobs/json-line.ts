import type { z } from 'zod'

/** What a program of a job has printed for us; null: a sentence for people, or half a line. */
export function jsonLine<T>(shape: z.ZodType<T>, line: string): T | null {
  try {
    return shape.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}
