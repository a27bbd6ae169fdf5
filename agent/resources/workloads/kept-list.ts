import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ObservedWorkload } from '@/lib/agent-protocol/workloads'
import { replaceFile } from '@/lib/replace-file'

/**
 * What was there when it was looked at last, over restarts: an agent that has just started, or whose Docker does not answer, must not
 * tell that there is nothing. A file that is gone or damaged is an empty one.
 */
export function readKept(file: string): ObservedWorkload[] {
  try {
    return z.array(ObservedWorkload).parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return []
  }
}

/** Throws the errors of node:fs. */
export function writeKept(file: string, workloads: readonly ObservedWorkload[]): void {
  replaceFile(file, JSON.stringify(workloads))
}
