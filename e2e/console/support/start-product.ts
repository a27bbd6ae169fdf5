import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import type { JourneyStorage } from '@/e2e/console/support/run'
import { Product } from '@/e2e/support/product'

/** Starts what the tests need and says where it is, unless the environment names a product that runs already. */
export default async function startProduct(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.HOLDFAST_E2E_URL) return undefined
  // Messages may go to the receiver of a test.
  const env = { HOLDFAST_NOTIFIER_NETWORKS: '127.0.0.1' }
  const product = await Product.create({ storageOnLoopback: true, env })
  const started = await product.start()
  const link = /\S+\/setup#\S+/.exec(started.stdout + started.stderr)?.[0]
  if (started.code !== 0 || !link) throw new Error(`the product did not start: ${started.stderr}`)
  const parent = process.getuid?.() === 0 ? '/srv' : homedir()
  const directory = await mkdtemp(path.join(parent, 'holdfast-console-'))
  await writeFile(path.join(directory, 'hello'), 'hello\n')
  const storage: JourneyStorage = {
    type: 'Local directory',
    wrong: { Directory: `${directory}-missing` },
    right: { Directory: directory },
    advice: 'directory',
  }
  process.env.HOLDFAST_E2E_URL = product.url
  process.env.HOLDFAST_E2E_SETUP_LINK = link
  process.env.HOLDFAST_E2E_STATE_DIR = product.stateDir
  process.env.HOLDFAST_E2E_STORAGE = JSON.stringify(storage)
  return async () => {
    await product.dispose()
    await rm(directory, { recursive: true, force: true })
  }
}
