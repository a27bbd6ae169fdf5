import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Product, until } from '@/e2e/support/product'
import type { HostView } from '@/lib/hosts/schema'
import type { MountView } from '@/lib/mounts/schema'

/** "nobody": it owns no file of the checkout and may mount nothing. */
const NOBODY = 65_534

let product: Product
let source: string
let started: Awaited<ReturnType<Product['start']>>

beforeAll(async () => {
  product = await Product.create({ uid: NOBODY })
  started = await product.start()
  // Where people who are not root have their files, and where an agent may bind from.
  source = await mkdtemp('/home/holdfast-e2e-')
  await chown(source, NOBODY, NOBODY)
})
afterAll(async () => {
  await product.dispose()
  await rm(source, { recursive: true, force: true })
})

test('starts, and says that its mounts are visible only to itself', () => {
  expect(started.stderr).toContain('private namespace')
  expect(started.code).toBe(0)
})

test('mounts in its namespace, and nowhere else', async () => {
  await product.signIn()
  const host = await until('the local host is online', async () => {
    const { body } = await product.request<{ data: HostView[] }>('GET', '/api/v1/hosts')
    return body.data.find((one) => one.status === 'online')
  })
  await writeFile(path.join(source, 'file'), 'content')
  const backend = await product.request<{ data: { id: string } }>('POST', '/api/v1/storage/backends', {
    name: 'own-files',
    type: 'local-dir',
    config: { path: source },
  })
  expect(backend.status).toBe(201)
  const mount = await product.request<{ data: MountView }>(
    'POST',
    '/api/v1/storage/mounts',
    { name: 'own-files', backend_id: backend.body.data.id, host_ids: [host.id] },
    { prefer: 'wait=30' },
  )
  expect(mount.body.data.hosts[0]).toMatchObject({ state: 'mounted' })
  const agent = await product.pid('agent')
  expect(await readFile(`/proc/${agent}/mountinfo`, 'utf8')).toContain(' /mnt/own-files ')
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(' /mnt/own-files ')
  const gone = await product.request('DELETE', `/api/v1/storage/mounts/${mount.body.data.id}`, undefined, {
    prefer: 'wait=30',
  })
  expect(gone.status).toBe(200)
  expect(await readFile(`/proc/${agent}/mountinfo`, 'utf8')).not.toContain(' /mnt/own-files ')
})
