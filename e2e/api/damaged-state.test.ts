import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Product, until } from '@/e2e/support/product'
import type { HostView } from '@/lib/hosts/schema'

/** One installation, damaged and started again and again; what its parts read is tried file by file in lib/supervisor. */
let product: Product
const at = (file: string) => path.join(product.stateDir, file)

async function start(): Promise<string> {
  const started = await product.start()
  expect(started.code, started.stderr).toBe(0)
  return started.stderr
}

function localHost(status: string): Promise<HostView> {
  return until(`the host of this machine is ${status}`, async () => {
    const { body } = await product.request<{ data: HostView[] }>('GET', '/api/v1/hosts')
    return body.data.find((one) => one.is_local && one.status === status)
  })
}

beforeAll(async () => {
  product = await Product.create()
  await start()
  await product.signIn()
  await localHost('online')
  await product.stop()
})
afterAll(() => product.dispose())

test('a damaged journal stops the agent alone: the start, the host and doctor say why, and the file stays', async () => {
  const healthy = await readFile(at('agent/journal.db'))
  await writeFile(at('agent/journal.db'), 'not a journal')
  const sentence = /The agent of this machine does not run: .*agent\/journal\.db cannot be opened\. Move it away/
  expect(await start()).toMatch(sentence)
  expect((await localHost('offline')).error).toMatch(sentence)
  expect((await product.cli(['doctor'])).stdout).toMatch(sentence)
  expect(await readFile(at('agent/journal.db'), 'utf8')).toBe('not a journal')
  await product.stop()
  await writeFile(at('agent/journal.db'), healthy)
})

test('so does a damaged identity, which no new one replaces', async () => {
  const healthy = await readFile(at('agent/identity.json'))
  await writeFile(at('agent/identity.json'), '{"version":1,')
  expect(await start()).toMatch(
    /The agent of this machine does not run: .*agent\/identity\.json is damaged\. Restore it/,
  )
  expect(await readFile(at('agent/identity.json'), 'utf8')).toBe('{"version":1,')
  await product.stop()
  await writeFile(at('agent/identity.json'), healthy)
})

test('with a damaged session key nothing starts, in one sentence', async () => {
  const healthy = await readFile(at('web/session-secret'))
  await writeFile(at('web/session-secret'), 'short')
  const { code, stderr } = await product.start()
  expect(code).toBe(1)
  expect(
    stderr
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('holdfast:')),
  ).toEqual([expect.stringMatching(/web\/session-secret is damaged; move it away and sign in again\.$/)])
  await writeFile(at('web/session-secret'), healthy)
})

test('without its database it starts with an empty one, says so, and enrols this machine anew', async () => {
  const before = JSON.parse(await readFile(at('agent/identity.json'), 'utf8')) as { hostId: string }
  await mkdir(at('aside'))
  for (const name of await readdir(product.stateDir)) {
    if (name.startsWith('holdfast.db')) await rename(at(name), at(`aside/${name}`))
  }
  const said = await start()
  expect(said).toMatch(/the database .*holdfast\.db is new, though .*controller is of an earlier start/)
  expect(said).toContain(`the agent of this machine was host ${before.hostId}, which this database does not know`)
  expect(said).toMatch(/\/setup#/)
  await product.signIn()
  const host = await localHost('online')
  expect(host.id).not.toBe(before.hostId)
  const kept = await readFile(at(`agent/identity.json.of-${before.hostId}`), 'utf8')
  expect(JSON.parse(kept)).toMatchObject(before)
})
