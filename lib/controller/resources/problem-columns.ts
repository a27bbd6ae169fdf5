import { isDeepStrictEqual } from 'node:util'
import type { Prisma } from '@/lib/db/client'
import type { ProblemReport } from '@/lib/drivers/problems/report'

/** What is wrong, as a host tells it. `message` is for whoever does not know the problem. */
export interface ToldProblem extends ReportedProblem {
  message: string
}

/** `ProblemReport`, as the parsers of the protocol write it. */
type ReportedProblem = { [Key in keyof ProblemReport]: ProblemReport[Key] | undefined }

/** What is wrong with something on a host, in the columns that each observed row has for it. */
export interface ProblemColumns {
  observedError: string | null
  observedProblem: string | null
  observedValues: Prisma.JsonValue
  observedSaid: string | null
}

export const NO_PROBLEM: Readonly<ProblemColumns> = {
  observedError: null,
  observedProblem: null,
  observedValues: null,
  observedSaid: null,
}

export function problemColumns(told: ToldProblem | null): ProblemColumns {
  if (told === null) return NO_PROBLEM
  return {
    observedError: told.message,
    observedProblem: told.problem ?? null,
    observedValues: told.values ?? null,
    observedSaid: told.said ?? null,
  }
}

/** Is this what the row says already? Asked for every mount in every sweep, and nearly always of two that are well. */
export function isSameProblem(row: ProblemColumns, told: ToldProblem | null): boolean {
  if (told === null) return row.observedError === null && row.observedProblem === null
  return (
    row.observedError === told.message &&
    row.observedProblem === (told.problem ?? null) &&
    row.observedSaid === (told.said ?? null) &&
    isDeepStrictEqual(row.observedValues, told.values ?? null)
  )
}
