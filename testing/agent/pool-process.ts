/**
 * The mounts, pools and jobs of an agent as a process of its own, for the tests that kill it. Arguments: base directory, engine, then what
 * it is asked, as a list in JSON: one after the other, jobs until they have ended. HOLDFAST_TEST_LIBVIRT: the libvirt that it asks. Prints one line of JSON and ends in order, or by its
 * failpoint.
 */

import { z } from 'zod'
import { hostEngine } from '@/agent/volume-engines'
import { ENGINE_IDS, type ObservedPool, type ObservedVolume } from '@/lib/agent-protocol/pools'
import { toHoldfastError } from '@/lib/errors'
import { KeptCluster } from '@/testing/agent/kept-cluster'
import { KeptGroup } from '@/testing/agent/kept-group'
import {
  ask,
  clusterOf,
  ended,
  type FakeStorage,
  lunOf,
  openPoolHost,
  type PoolAsked,
  type PoolHost,
} from '@/testing/agent/pool-host'
import { slowMachines } from '@/testing/libvirt/slow-machines'
import { noFaults, toyEngine } from '@/testing/volume-engines/toy-engine'

/** What the process prints. */
export interface PoolAnswer {
  /** Of each that was asked: its result, or code and message of what went wrong. */
  answers: { result?: unknown; error?: { code: string; message: string } }[]
  /** Steps in the order in which they were done; `.started`: a program. */
  steps: string[]
  unfinished: number
  pools: ObservedPool[]
  volumes: ObservedVolume[]
}

const [base = '', engineName = '', text = '[]'] = process.argv.slice(2)
const engine = engineName === 'toy' ? toyEngine(noFaults()) : hostEngine(z.enum(ENGINE_IDS).parse(engineName))
const storage = storageOf(engineName)
const { HOLDFAST_TEST_LIBVIRT: uri } = process.env
const timing = { changedMs: 20, standingMs: 1_000, retryMs: [50] }
const host = await openPoolHost(base, engine, timing, uri === undefined ? undefined : slowMachines(uri), storage)
const steps = traceSteps(host)

/** Of engines whose storage no kernel of tests has: one in memory, kept in a file. */
function storageOf(name: string): FakeStorage | undefined {
  if (name === 'lvm') {
    const group = new KeptGroup(base)
    return lunOf({ place: group.place, host: group.engineHost() })
  }
  if (name !== 'rbd') return undefined
  const cluster = new KeptCluster(base)
  return clusterOf({ place: cluster.place, host: cluster.engineHost() })
}

async function carryOut(asked: PoolAsked): Promise<unknown> {
  if (asked.verb === 'settle') return settle()
  const result = await ask(host, asked)
  if (asked.verb !== 'work') return result
  const job = await ended(host, asked.operationId)
  if (job.error !== null) throw Object.assign(toHoldfastError(new Error()), job.error)
  return job.result
}

/** What an agent does by itself after a start: until nothing is unfinished, and each pool was looked at. */
async function settle(): Promise<void> {
  const deadline = performance.now() + 40_000
  const isMoving = () => host.pools.list().some(({ state }) => state === 'opening' || state === 'error')
  while ((host.journal.unfinished().length > 0 || isMoving()) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function traceSteps({ journal }: PoolHost): string[] {
  const names: string[] = []
  for (const method of ['announce', 'done'] as const) {
    const write = journal.steps[method].bind(journal.steps)
    journal.steps[method] = (operationId, name, note) => {
      names.push(name)
      write(operationId, name, note)
    }
  }
  return names
}

const answers: PoolAnswer['answers'] = []
for (const asked of JSON.parse(text) as PoolAsked[]) {
  try {
    answers.push({ result: await carryOut(asked) })
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    answers.push({ error: { code, message } })
  }
}
await settle()
const answer: PoolAnswer = {
  answers,
  steps,
  unfinished: host.journal.unfinished().length,
  pools: host.pools.list(),
  volumes: host.pools.volumes.list(),
}
process.stdout.write(`${JSON.stringify(answer)}\n`)
await host.close()
process.exit(0)
