/**
 * The mount side of an agent as a process of its own, for the tests that kill it. Arguments: base directory, then a command
 * as JSON. Prints one line of JSON and ends in order, or by its failpoint.
 */

import { CommandEnvelope, WireMount } from '@/lib/agent-protocol/messages'
import { toHoldfastError } from '@/lib/errors'
import { openMountHost } from '@/testing/agent/mount-host'

const [base = '', text = '{}'] = process.argv.slice(2)
const asked = JSON.parse(text) as { verb: string; envelope: unknown; mount?: unknown; mountId?: string }
const host = await openMountHost(base)
const log = () => undefined

async function carryOut(): Promise<unknown> {
  if (asked.verb === 'settle') return settle()
  const envelope = CommandEnvelope.parse(asked.envelope)
  if (asked.verb === 'apply')
    return host.manager.apply(envelope, performance.now(), WireMount.parse(asked.mount), { log })
  const request = { mountId: asked.mountId ?? '', abandon: false }
  return host.manager.remove(envelope, performance.now(), request, { log })
}

/** What an agent does by itself after a start: until nothing is unfinished and nothing is on its way. */
async function settle(): Promise<unknown> {
  const deadline = performance.now() + 30_000
  const moving = () => host.manager.list().some((mount) => mount.state === 'mounting' || mount.state === 'unmounting')
  while ((host.journal.unfinished().length > 0 || moving()) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { unfinished: host.journal.unfinished().length, mounts: host.manager.list() }
}

try {
  process.stdout.write(`${JSON.stringify({ result: await carryOut() })}\n`)
} catch (error) {
  const { code, message } = toHoldfastError(error)
  process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`)
}
await host.close()
process.exit(0)
