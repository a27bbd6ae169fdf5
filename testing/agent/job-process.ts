/**
 * The part of an agent that carries out jobs, as a process of its own, for the tests that kill it. Argument: base directory. Starts one
 * painting, or finds it again, and waits for its end; prints the job as one line of JSON and ends in order, or by its failpoint.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { openJobHost } from '@/testing/agent/job-host'
import { testId } from '@/testing/ids'

const [base = ''] = process.argv.slice(2)
const host = await openJobHost(base)
const operationId = testId('operation', 'paint')
const envelope = { operationId, resourceId: testId('volume', 'wall'), generation: 1, fence: 1, ttlMs: 60_000 }
const asked = { whenKilled: 'undo', silentMs: 60_000 }
let job = await host.jobs.start('paint', envelope, performance.now(), asked)
while (job.endedAt === null) {
  await pause(10)
  job = host.jobs.find(operationId) ?? job
}
process.stdout.write(`${JSON.stringify(job)}\n`)
await host.close()
process.exit(0)
