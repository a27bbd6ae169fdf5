import { afterAll, beforeAll, expect, it } from 'vitest'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'

/**
 * HTTP through the whole product; the driver alone is in `http-contract.test.ts`. Every run mounts one in `restarts.test.ts`, and has the
 * driver with its program on the kernel of the tests.
 */
const { host, http, servers } = labFacts
const BASE = `http://${servers.address}:${http.port}`
const POINT = '/mnt/web'
let fleet: LabProduct
let mountId: string

beforeAll(async () => {
  fleet = await useLabProduct()
})
afterAll(() => fleet?.close())

function page(more: Record<string, unknown> = {}) {
  const signIn = { auth_method: 'basic', username: http.user, password: http.password }
  return { base_url: `${BASE}${http.paths.basic}`, ...signIn, ...more }
}

it('passes its test, and its capacity is unknown', { tags: 'full' }, async () => {
  const result = await fleet.test('http', page())
  expect(result).toMatchObject({ success: true })
  expect(result.usage?.totalBytes ?? null).toBeNull()
  expect(result.steps.find(({ id }) => id === 'write')?.status).toBe('skipped')
})

it.each([
  ['the password is wrong', { password: 'wrong' }, 'authentication', 'http.wrong_credentials'],
  ['the path does not exist', { base_url: `${BASE}${http.paths.missing}` }, 'target', 'http.not_found'],
  ['the server sends elsewhere', { base_url: `${BASE}${http.paths.away}` }, 'target', 'http.redirected'],
  ['it is the agent itself', { base_url: `https://${host.address}:8443` }, 'tcp', 'network.denied_by_policy'],
])('says when %s', { tags: 'full' }, async (_what, change, step, problem) => {
  const result = await fleet.test('http', page(change))
  const failed = result.steps.filter(({ status }) => status === 'failed')
  expect(failed).toEqual([expect.objectContaining({ id: step, problem, advice: expect.any(String) })])
})

it('mounts to read only, and unmounts without a trace', { tags: 'full' }, async () => {
  const backend = await fleet.createBackend('web', 'http', page())
  const { data, operation } = await fleet.createMount('web', backend.id)
  mountId = data.id
  expect(operation).toMatchObject({ status: 'succeeded' })
  expect(await fleet.onHost(mountId)).toMatchObject({ state: 'mounted', error: null, usage: null })
  expect(await fleet.lab.host.ok(`cat ${POINT}/inside/hello.txt`)).toBe('hello from inside')
  expect((await fleet.lab.host.exec(`touch ${POINT}/new`)).stderr).toContain('Read-only file system')
  const shown = await fleet.lab.host.ok("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
  expect(shown).toContain('rclone mount')
  expect(shown).not.toContain(btoa(`${http.user}:${http.password}`))
  expect((await fleet.act(mountId, 'unmount')).status).toBe(200)
  expect(await fleet.mountinfo(POINT)).toEqual([])
  expect((await fleet.lab.host.exec('pgrep -f "rclone mount"')).stdout).toBe('')
  await fleet.removeMount(mountId)
})
