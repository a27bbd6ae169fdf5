import { readFileSync, writeFileSync } from 'node:fs'
import { benchAgentIdle } from '@/e2e/bench/agent-idle'
import { benchBind } from '@/e2e/bench/bind'
import { benchCollection } from '@/e2e/bench/collection'
import { benchDeadMounts } from '@/e2e/bench/dead-mounts'
import { recorded } from '@/e2e/bench/figures'
import { benchFirstLoad } from '@/e2e/bench/first-load'
import { benchFleet } from '@/e2e/bench/fleet'
import { benchMonitoring } from '@/e2e/bench/monitoring'
import { benchRcloneImport } from '@/e2e/bench/rclone-import'
import { benchRest, benchRestMemory } from '@/e2e/bench/rest'
import { benchScreens } from '@/e2e/bench/screens'
import { benchSweep } from '@/e2e/bench/sweep'
import { benchVolumes } from '@/e2e/bench/volumes'
import { benchVolumesApi } from '@/e2e/bench/volumes-api'
import { Product } from '@/e2e/support/product'

/** `npm run bench [name…]`: each figure as a ratio measured in the same run; all of them go to bench-results.json. */
const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)
const PERSON = { username: 'bench', password: 'bench-password-not-secret' }

if (isWanted('sweep')) await benchSweep()
if (isWanted('collection')) await benchCollection()
if (isWanted('fleet')) await benchFleet()
if (isWanted('import')) benchRcloneImport()
if (isWanted('volumes') && process.getuid?.() === 0) await benchVolumes()
if (['load', 'bind', 'dead', 'agent', 'rest', 'volumes-api', 'monitoring', 'screens'].some(isWanted))
  await benchProduct()

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
writeFileSync(
  'bench-results.json',
  `${JSON.stringify({ version, node: process.version, figures: recorded() }, null, 2)}\n`,
)
const missed = recorded().filter((figure) => figure.reached === false)
console.log(`\n${recorded().length} figures, ${missed.length} goals missed; written to bench-results.json`)

async function benchProduct(): Promise<void> {
  await withProduct(async (product) => {
    // First: an agent that has carried out thousands of commands keeps some of the memory it took for them.
    if (isWanted('agent')) await benchAgentIdle(product, await product.pid('agent'))
    if (isWanted('load')) await benchFirstLoad(product, PERSON)
    if (isWanted('bind') && process.getuid?.() === 0) await benchBind(product)
    if (isWanted('dead') && process.getuid?.() === 0) await benchDeadMounts(product)
    if (isWanted('volumes-api') && process.getuid?.() === 0) await benchVolumesApi(product)
    if (isWanted('rest')) await benchRest(product, await product.pid('web'))
    if (isWanted('screens') && process.getuid?.() === 0) await benchScreens(product)
    if (isWanted('monitoring')) await benchMonitoring(product, PERSON)
  })
  if (isWanted('rest')) await withProduct(benchRestMemory)
}

async function withProduct(measure: (product: Product) => Promise<void>): Promise<void> {
  const product = await Product.create({ env: { HOLDFAST_BENCH: '1' }, storageOnLoopback: true })
  try {
    const started = await product.start()
    if (started.code !== 0) throw new Error(started.stderr)
    await product.cli(['admin', 'create', '--username', PERSON.username, '--password-stdin'], PERSON.password)
    await product.signIn()
    await measure(product)
  } finally {
    await product.dispose()
  }
}
