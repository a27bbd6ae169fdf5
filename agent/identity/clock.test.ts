import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { compareClocks } from '@/agent/identity/clock'
import { type CertificateWishes, createTestAuthority, SERVER_AUTH, type TestAuthority } from '@/testing/certificates'

const MINUTE = 60_000
let fleet: TestAuthority
let server: Server | undefined

beforeAll(async () => {
  fleet = await createTestAuthority()
})
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  server = undefined
})

/** A fleet port whose clock is ahead by so much. */
async function controller(aheadMs: number, wishes: CertificateWishes = {}, authority = fleet): Promise<string> {
  const names: CertificateWishes['names'] = [{ type: 'ip', value: '127.0.0.1' }]
  const { certificate, key } = await authority.issue({ names, usages: [SERVER_AUTH], ...wishes })
  const made = createServer({ cert: certificate, key }, (_request, response) => {
    response.writeHead(404, { date: new Date(Date.now() + aheadMs).toUTCString() }).end()
  })
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return `https://127.0.0.1:${(made.address() as AddressInfo).port}`
}
const compare = (controllerUrl: string) => compareClocks({ controllerUrl, authorities: fleet.certificate })

test.each([
  [0, true, /^agrees/],
  [-50_000, true, /^agrees/],
  [10 * MINUTE, false, /^(10|9) min behind the controller's: this host says \S+Z, the controller \S+Z\. .*NTP/],
  [-3 * 60 * MINUTE, false, /^3 h ahead of the controller's: this host says \S+Z, the controller \S+Z\. .*NTP/],
])('a controller whose clock is %i ms ahead', async (aheadMs, isGood, words) => {
  const report = await compare(await controller(aheadMs))
  expect(report.isGood).toBe(isGood)
  expect(report.words).toMatch(words)
})

test('a certificate that does not hold yet says as much', async () => {
  const report = await compare(await controller(0, { notBefore: new Date(Date.now() + 10 * MINUTE) }))
  expect(report).toMatchObject({ isGood: false, words: expect.stringMatching(/is valid from .* this host says .*NTP/) })
})

test('nobody there, and somebody else there, is no clock', async () => {
  const other = await createTestAuthority()
  const elsewhere = await compare(await controller(60 * MINUTE, {}, other))
  expect(elsewhere).toMatchObject({ isGood: null, words: expect.stringContaining('not compared') })
  const expired = await compare(await controller(0, { notAfter: new Date(Date.now() - MINUTE) }, other))
  expect(expired.isGood).toBeNull()
  expect((await compare('https://127.0.0.1:1')).words).toContain('ECONNREFUSED')
})
