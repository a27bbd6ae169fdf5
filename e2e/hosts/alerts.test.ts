/** @module-tag full */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LAB_SERVICES } from '@/e2e/support/lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import type { AlertView } from '@/lib/alerts/schema'
import type { BackendView } from '@/lib/backends/schema'

/** What somebody is told of a real server: that it fills, that it has gone, and once each. */
const { nfs, servers } = labFacts
const MIB = 1024 ** 2
/** Two measurements a minute apart, on a guest that is slow; an alert is over five minutes after its cause. */
const MEASURED_MS = 360_000
const OVER_MS = 660_000

/** A message as the webhook has it. */
interface Told {
  id: string
  type: string
  data: { severity: string; title: string; alert: { kind: string; subject: { name: string } } }
}

const told: Told[] = []
let server: Server
let fleet: LabProduct
let notifierId: string

beforeAll(async () => {
  fleet = await useLabProduct()
  const url = await listen()
  const body = { name: 'hook', type: 'webhook', config: { url } }
  const made = await fleet.product.request<{ data: { id: string } }>('POST', '/api/v1/notifiers', body)
  if (made.status !== 201) throw new Error(JSON.stringify(made.body))
  notifierId = made.body.data.id
  await setMinutes(1)
}, 1_800_000)
afterAll(async () => {
  await fleet?.lab.servers.startService(LAB_SERVICES.nfs)
  await fleet?.product.request('DELETE', `/api/v1/notifiers/${notifierId}`)
  await setMinutes(null)
  await fleet?.close()
  server?.close()
})

async function listen(): Promise<string> {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString()) as Told)
      response.end('thank you')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const setMinutes = (minutes: number | null) => fleet.product.request('PATCH', '/api/v1/system/sampling', { minutes })

async function mount(name: string, exported: string): Promise<string> {
  const backend = await fleet.createBackend(name, 'nfs', { server: servers.address, export_path: exported })
  await fleet.untilState((await fleet.createMount(name, backend.id)).data.id, 'mounted', 170_000)
  return backend.id
}

/** Of what was told about these: what happened, and how bad it is. */
const toldOf = (kind: string) =>
  told.filter(({ data }) => data.alert.kind === kind).map(({ type, data }) => `${type} ${data.severity}`)

async function untilTold(kind: string, messages: readonly string[], limitMs: number): Promise<void> {
  const look = () => toldOf(kind).length >= messages.length || undefined
  await until(`${kind}: ${messages.join(', ')}`, look, limitMs).catch((error: Error) => {
    throw new Error(`${error.message}; told was ${JSON.stringify(told.map(({ type, data }) => [type, data.title]))}`)
  })
  expect(toldOf(kind)).toEqual(messages)
}

/** Fills the file system below an export until `df` there says at least so much. */
async function fillTo(percent: number): Promise<void> {
  const at = nfs.exports.small
  const command = `set -- $(df -B1 --output=size,used ${at} | tail -1); size=$1; used=$2
    fallocate -l $(( size * ${percent} / 100 - used + ${MIB / 16} )) ${at}/filler-${percent} && df --output=pcent ${at} | tail -1`
  expect(Number((await fleet.lab.servers.ok(command)).trim().replace('%', ''))).toBeGreaterThanOrEqual(percent)
}

it(
  'warns at 91 %, is critical at 96, and says once that it is over',
  async () => {
    const id = await mount('small', nfs.exports.small)
    await fillTo(91)
    await untilTold('capacity', ['alert.opened warning'], MEASURED_MS)
    const { body } = await fleet.product.request<{ data: BackendView }>('GET', `/api/v1/storage/backends/${id}`)
    const df = await fleet.lab.host.ok('df -B1 --output=size,used,avail /mnt/small | tail -1')
    const [total, used, available] = df.trim().split(/ +/).map(Number)
    // Reserved blocks are in neither; NFS gives them to nobody.
    expect(body.data.stats).toMatchObject({ total_bytes: total, used_bytes: used, available_bytes: available })
    await fillTo(96)
    await untilTold('capacity', ['alert.opened warning', 'alert.worse critical'], MEASURED_MS)
    await fleet.lab.servers.ok(`rm ${nfs.exports.small}/filler-*`)
    const all = ['alert.opened warning', 'alert.worse critical', 'alert.cleared critical']
    await untilTold('capacity', all, MEASURED_MS + OVER_MS)
  },
  2 * MEASURED_MS + MEASURED_MS + OVER_MS + 240_000,
)

it(
  'tells of a server that has gone once, whatever hangs on it, and once that it is back',
  async () => {
    await mount('one', nfs.exports.readWrite)
    await mount('two', nfs.exports.second)
    await mount('three', nfs.exports.readOnly)
    told.length = 0
    await fleet.lab.servers.stopService(LAB_SERVICES.nfs)
    await until('the server is told of', () => told.length > 0 || undefined, MEASURED_MS)
    const alerts = await fleet.product.request<{ data: AlertView[] }>('GET', '/api/v1/alerts?state=open')
    expect(alerts.body.data.map(({ kind, subject }) => [kind, subject.name])).toEqual([['storage', servers.address]])
    await fleet.lab.servers.startService(LAB_SERVICES.nfs)
    await until('it is over', () => told.some(({ type }) => type === 'alert.cleared') || undefined, OVER_MS)
    expect(told.map(({ type, data }) => [type, data.alert.subject.name])).toEqual([
      ['alert.opened', servers.address],
      ['alert.cleared', servers.address],
    ])
    expect(new Set(told.map(({ id }) => id)).size).toBe(2)
  },
  MEASURED_MS + OVER_MS + 600_000,
)
