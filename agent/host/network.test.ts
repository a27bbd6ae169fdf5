import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Redactor } from '@/agent/host/exec/redact'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'
import { createNetwork, freePort } from './network'

let server: Server
let base: string
const checked: string[] = []
const redactor = new Redactor()
const net = createNetwork({
  redactor,
  checkAddress(address) {
    checked.push(address)
    if (address.startsWith('169.254.')) throw new HoldfastError('policy_denied', 'no')
  },
})

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
    else if (request.url === '/large') response.end('x'.repeat(1_000_000))
    else if (request.url === '/slow') response.write('never ends')
    else
      request
        .on('data', () => undefined)
        .on('end', () => response.end(`${request.method} ${request.headers.authorization}`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe('network', () => {
  it('resolves names and addresses, and checks each address', async () => {
    expect(await net.resolve('localhost')).toContain('127.0.0.1')
    expect(await net.resolve('[::1]')).toEqual(['::1'])
    await expect(net.resolve('169.254.169.254')).rejects.toMatchObject({ code: 'policy_denied' })
    await expect(net.connect('169.254.169.254', 80)).rejects.toMatchObject({ code: 'policy_denied' })
    expect(checked).toContain('127.0.0.1')
  })

  it.each(['-oProxyCommand=x', 'a b', 'a/b', 'nas,evil', 'user@nas', 'nas\n', '', '.', 'a..b'])(
    'refuses the name %j',
    async (name) => {
      await expect(net.resolve(name)).rejects.toMatchObject({ code: 'invalid_input' })
    },
  )

  it.each(['noco_minio', 'FILE_SRV.example.com', 'nas.example.com.'])('looks the name %s up', async (name) => {
    const asked: string[] = []
    const lookup = async (wanted: string) => {
      asked.push(wanted)
      return ['192.0.2.7']
    }
    const one = createNetwork({ redactor, checkAddress: () => undefined, lookup })
    expect(await one.resolve(name)).toEqual(['192.0.2.7'])
    expect(asked).toEqual([name])
  })

  it('names the errno of a refused connection', async () => {
    const port = await freePort()
    await expect(net.connect('127.0.0.1', port)).rejects.toMatchObject({
      code: 'backend_unreachable',
      details: { errno: 'ECONNREFUSED' },
    })
    expect(await net.connect('127.0.0.1', (server.address() as AddressInfo).port)).toBeGreaterThan(0)
  })

  it('goes to the address that was checked, whatever the name says by now', async () => {
    const port = (server.address() as AddressInfo).port
    const url = `http://rebound.example.com:${port}/`
    const answer = await net.request({ url, method: 'GET', address: '127.0.0.1' })
    expect(answer.body).toBe('GET undefined')
    await expect(net.request({ url, method: 'GET', address: '169.254.169.254' })).rejects.toMatchObject({
      code: 'policy_denied',
    })
  })

  it('never reaches the agent itself, by none of its addresses', async () => {
    const ownPort = (server.address() as AddressInfo).port
    const guarded = createNetwork({ redactor, checkAddress: () => undefined, ownPort })
    const own = Object.values(networkInterfaces()).flatMap((card) => card?.map(({ address }) => address) ?? [])
    for (const address of ['127.0.0.1', '127.3.2.1', '::1', '0.0.0.0', '::ffff:127.0.0.1', ...own]) {
      const host = address.includes(':') ? `[${address}]` : address
      await expect(guarded.connect(address, ownPort)).rejects.toMatchObject({ code: 'policy_denied' })
      await expect(guarded.request({ url: `http://${host}:${ownPort}/`, method: 'GET' })).rejects.toMatchObject({
        code: 'policy_denied',
      })
    }
    expect((await net.request({ url: `http://127.0.0.1:${ownPort}/`, method: 'GET' })).status).toBe(200)
  })

  it('follows no redirect and keeps at most 256 KiB', async () => {
    expect((await net.request({ url: `${base}/redirect`, method: 'GET' })).status).toBe(302)
    expect((await net.request({ url: `${base}/large`, method: 'GET' })).body).toHaveLength(256 * 1024)
  })

  it('sends a secret header and redacts it from then on', async () => {
    const answer = await net.request({
      url: base,
      method: 'PUT',
      body: 'x',
      headers: { authorization: new Secret('Bearer canary-token') },
    })
    expect(answer.body).toBe('PUT Bearer canary-token')
    expect(redactor.redact(answer.body)).toBe('PUT ***')
  })

  it('ends with the deadline of the operation', async () => {
    const hurried = createNetwork({ redactor, checkAddress: () => undefined, deadlineAt: performance.now() + 300 })
    await expect(hurried.request({ url: `${base}/slow`, method: 'GET' })).rejects.toMatchObject({
      code: 'backend_unreachable',
      details: { errno: 'ETIMEDOUT' },
    })
    const late = createNetwork({ redactor, checkAddress: () => undefined, deadlineAt: performance.now() - 1 })
    await expect(late.connect('127.0.0.1', 1)).rejects.toMatchObject({ code: 'timed_out' })
  })

  it.each(['ftp://nas/', 'http://user:pw@nas/', 'nas', 'file:///etc/passwd', 'http://nas/#x'])(
    'refuses %s',
    async (url) => {
      await expect(net.request({ url, method: 'GET' })).rejects.toMatchObject({ code: 'invalid_input' })
    },
  )
})
