import { spawn } from 'node:child_process'
import path from 'node:path'
import { cpuSeconds, record, rssMiB, section } from '@/e2e/bench/figures'
import type { Product } from '@/e2e/support/product'

const SECONDS = 60
/** What ran before leaves garbage to collect; a minute later the agent only idles. */
const SETTLE_SECONDS = 60

const BARE_SERVER = `
  const { key, certificate } = JSON.parse(require('node:fs').readFileSync(process.argv[1]))
  require('node:https').createServer({ key, cert: certificate }, (request, response) => response.end('{}'))
    .listen(0, '127.0.0.1', () => process.send('ready'))`

/** The agent doing nothing for a minute, beside a bare Node HTTPS server with the same certificate. */
export async function benchAgentIdle(product: Product, agentPid: number): Promise<void> {
  section(`Agent idle for ${SECONDS} s`)
  const identity = path.join(product.stateDir, 'agent/identity.json')
  const bare = spawn(process.execPath, ['-e', BARE_SERVER, identity], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await new Promise((resolve) => bare.once('message', resolve))
  const barePid = bare.pid ?? 0
  await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1000))
  const before = { agent: cpuSeconds(agentPid), bare: cpuSeconds(barePid) }
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))
  const agentRss = rssMiB(agentPid)
  const bareRss = rssMiB(barePid)
  const share = ((cpuSeconds(agentPid) - before.agent) / SECONDS) * 100
  bare.kill()
  record({ name: 'bare Node HTTPS server, RSS', value: bareRss, unit: 'MiB' })
  record({
    name: 'agent, RSS',
    value: agentRss,
    unit: 'MiB',
    ratio: agentRss / bareRss,
    baseline: 'bare Node',
    goal: '<= 1.25x',
    reached: agentRss / bareRss <= 1.25,
  })
  record({ name: 'agent, CPU of one core', value: share, unit: '%', goal: '<= 0.02 %', reached: share <= 0.02 })
}
