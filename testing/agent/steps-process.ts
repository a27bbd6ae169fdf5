/**
 * A command runner with one kind of command that has steps, as a process of its own, for the tests that kill it. Arguments: base
 * directory, then which floor is to fail (or ''). Each floor is a directory in `house`, and a line in `works` tells of each attempt.
 * Prints the outcome as JSON and ends in order, or by its failpoint.
 */

import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CommandRunner } from '@/agent/commands/runner'
import type { CommandTurn } from '@/agent/commands/turn'
import { Journal } from '@/agent/journal/journal'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { testId } from '@/testing/ids'

const [base = '', failing = ''] = process.argv.slice(2)
const log = createLog('steps', 'error', () => undefined)
const journal = Journal.open(join(base, 'state'))
const runner = new CommandRunner({ journal, log })
const place = (floor: string) => join(base, 'house', floor)

async function build(turn: CommandTurn): Promise<string[]> {
  const notes: string[] = []
  for (const floor of ['cellar', 'hall', 'roof']) {
    const work = async () => {
      appendFileSync(join(base, 'works'), `${floor}\n`)
      mkdirSync(place(floor), { recursive: true })
      if (floor === failing) throw new HoldfastError('command_failed', 'It rains in.')
      return floor
    }
    notes.push(await turn.step(floor, work, async () => rmSync(place(floor), { recursive: true, force: true })))
  }
  return notes
}

runner.resume([{ commands: ['build'], recover: (_id, turn) => build(turn), begin: () => undefined }], Promise.resolve())
// What an agent before this one left is brought to its end by itself.
while (journal.unfinished().length > 0) await pause(5)
const envelope = {
  operationId: testId('operation', 'house'),
  resourceId: testId('mount', 'house'),
  generation: 1,
  fence: 1,
  ttlMs: 60_000,
}
const command = { kind: 'build', envelope, args: {} }
const handler = { carryOut: build }
const outcome = await runner
  .run(command, performance.now(), () => undefined, handler)
  .then(
    (result) => ({ result }),
    (error: unknown) => ({ error: toHoldfastError(error).code }),
  )
process.stdout.write(`${JSON.stringify(outcome)}\n`)
await runner.stop()
journal.close()
