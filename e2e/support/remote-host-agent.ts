import { createInterface } from 'node:readline'
import { Host } from '@/agent/host/host'
import { RememberedPlaces } from '@/agent/host/mounting/place-records'
import { createPolicy, parsePolicy } from '@/agent/policy/policy'
import { ALLOW_EVERYTHING } from '@/testing/agent/places'
import { decode, encode, toWire } from './remote-host-wire'

/**
 * Runs in a guest of the lab: the agent's own `DriverHost`, driven line by line over stdin. For tests only; the product's agent
 * knows no such thing.
 */
const [runDir = '/run/holdfast-contract', stateDir = '/var/lib/holdfast-contract'] = process.argv.slice(2)
const places = new RememberedPlaces()
/** Any place, and the addresses that a host without a policy file allows. */
const { checkAddress, closedNetworks } = createPolicy(parsePolicy('{}', 'agent.json'))
const policy = { ...ALLOW_EVERYTHING, checkAddress, closedNetworks }
const machine = await Host.open({ runDir, stateDir, policy: () => policy, places, hostId: 'hst_lab' })
const door = () =>
  machine.open({
    operationId: 'op_contract',
    deadlineAt: performance.now() + 40_000,
    signal: new AbortController().signal,
  })
const undone = new Map<string, () => Promise<void>>()

function methodAt(path: string): (...args: unknown[]) => unknown {
  const found = path.split('.').reduce<unknown>((holder, name) => Reflect.get(Object(holder), name), door().host)
  if (typeof found !== 'function') throw new Error(`DriverHost has no ${path}.`)
  return (...args) => found(...args)
}

async function answer(method: string, args: unknown[]): Promise<unknown> {
  if (method === 'done') return undone.get(String(args[0]))?.()
  if (method === 'clean') return machine.clean()
  const value = await methodAt(method)(...args)
  if (method !== 'scratch' && method !== 'secretFile') return value
  const { path, done } = value as { path: string; done(): Promise<void> }
  undone.set(path, done)
  return { path }
}

function say(line: unknown): void {
  process.stdout.write(`${encode(line)}\n`)
}

say({
  hello: { runDir: machine.runtime.path, stateDir, hostId: door().host.hostId },
  mounts: door().host.mounts.list(),
})
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, args } = decode(line) as { id: number; method: string; args: unknown[] }
  void answer(method, args).then(
    (value) => say({ id, value, mounts: door().host.mounts.list() }),
    (error: unknown) => say({ id, failure: toWire(error), mounts: door().host.mounts.list() }),
  )
}
machine.fuse.close()
process.exit(0)
