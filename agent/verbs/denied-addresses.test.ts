import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkServers, openBackend } from '@/agent/backends/open-backend'
import { Redactor } from '@/agent/host/exec/redact'
import { createNetwork } from '@/agent/host/network'
import { createPolicy, parsePolicy } from '@/agent/policy/policy'
import { parseBackendInput } from '@/lib/drivers/input'
import { explain } from '@/lib/drivers/problems/words'
import { type DriverId, driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { reveal } from '@/lib/secret'
import { FakeHost, fakeStorage } from '@/testing/drivers/fake-host'
import { newRecording, type Recording, recordingContext } from '@/testing/drivers/recording'
import { SAMPLES, samplesOf } from '@/testing/drivers/samples'

/** One rule for all types: whatever a name leads to, in whatever spelling, nothing that is closed is connected to or handed to a tool. */
const NAME = 'nas.example.com'
const GOOD = '192.0.2.10'

let server: Server
let port: number
/** What reached the service of this machine. */
let connections = 0
const WORDS = 'root:x:0:0:words-of-a-local-service'

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/xml', server: WORDS, 'x-amz-bucket-region': WORDS })
    response.end(`<Error><Code>${WORDS}</Code><Message>${WORDS}</Message><Region>${WORDS}</Region></Error>`)
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  connections = 0
})

function rig(document: object, answers: readonly string[][]) {
  const policy = createPolicy(parsePolicy(JSON.stringify(document), 'agent.json'), [], 'agent.json')
  const host = new FakeHost()
  const left = [...answers]
  const lookup = async () => (left.length > 1 ? left.shift() : left[0]) ?? []
  const net = createNetwork({
    checkAddress: (address) => policy.checkAddress(address),
    lookup,
    redactor: new Redactor(),
    deadlineAt: performance.now() + 20_000,
  })
  Object.assign(host, { net })
  for (const { network } of SAMPLES.values())
    for (const [tool, stdout] of Object.entries(network?.tools ?? {}))
      host.answers.set(tool, { exitCode: 0, stdout, stderr: '' })
  const recording = newRecording()
  const context = () => recordingContext(host, recording, 10_000)
  return { policy, host, recording, context }
}

function open(id: DriverId, host: string, { policy }: ReturnType<typeof rig>) {
  const { config, secrets = {} } = samplesOf(id).network?.at(host, port) ?? { config: {} }
  return openBackend({ id: 'bkd_1', driver: id, config, secrets }, policy, new Redactor())
}

async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
  try {
    await work
  } catch (error) {
    return error instanceof HoldfastError ? error.code : String(error)
  }
  return 'no error'
}

/** Everything that a tool, a daemon or the kernel was told. */
function told({ commands, texts }: Recording, host: FakeHost): string {
  return JSON.stringify([commands, texts.filter((text) => text.includes('"unit"')), [...host.daemons.values()]])
}

it('leaves out only types that talk to nobody', () => {
  for (const [id, { network, backends }] of SAMPLES) {
    if (network !== undefined) continue
    for (const { config } of backends)
      expect([id, driverById(id).servers?.(parseBackendInput(id, config).config)]).toEqual([id, []])
  }
})

const TALKING = [...SAMPLES].flatMap(([id, { network }]) => (network === undefined ? [] : [[id, network] as const]))

describe.each(TALKING)('%s', (id, network) => {
  it.each([
    ['loopback', ['127.0.0.1']],
    ['loopback in IPv6', ['::1']],
    ['loopback in disguise', ['::ffff:127.0.0.1']],
    ['loopback behind NAT64', ['64:ff9b::7f00:1']],
    ['all addresses', ['0.0.0.0']],
    ['metadata', ['169.254.169.254']],
    ['metadata of others', ['100.100.100.200']],
    ['metadata of others still', ['168.63.129.16']],
    ['metadata in IPv6', ['fd00:ec2::254']],
    ['link-local', ['fe80::1%lo']],
    ['multicast', ['239.255.0.1']],
    ['one closed address among good ones', [GOOD, '127.0.0.1']],
  ])('goes nowhere when its name leads to %s', async (_what, addresses) => {
    const made = rig({}, [addresses])
    const { driver, backend } = open(id, NAME, made)
    const target = { mountId: 'mnt_1', path: '/mnt/x', readOnly: true }
    expect(await codeOf(checkServers(open(id, NAME, made), made.policy, made.host))).toBe('policy_denied')
    if (driver.mount) expect(await codeOf(driver.mount(backend, target, made.context()))).toBe('policy_denied')
    if (driver.connect) expect(await codeOf(driver.connect(backend, made.context()))).toBe('policy_denied')
    const failed = (await driver.test(backend, made.context())).filter(({ status }) => status === 'failed')
    expect(failed.map(({ problem }) => problem)).toEqual(['network.denied_by_policy'])
    for (const [name, discover] of Object.entries(driver.discover ?? {})) {
      if (network.asksNobody?.includes(name)) continue
      expect([name, await codeOf(discover(backend, made.context()))]).toEqual([name, 'policy_denied'])
    }
    expect(made.host.daemons.size).toBe(0)
    const text = told(made.recording, made.host)
    for (const word of [NAME, ...addresses]) expect(text).not.toContain(word)
    expect(connections).toBe(0)
  })

  it.each([
    '127.0.0.1',
    'localhost',
    '::1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '::ffff:127.0.0.1',
    '0.0.0.0',
  ])('goes nowhere when its server is written %s', async (text) => {
    const made = rig({}, [['127.0.0.1']])
    const outcome = await codeOf((async () => checkServers(open(id, text, made), made.policy, made.host))())
    expect(['policy_denied', 'invalid_input']).toContain(outcome)
    if (['127.0.0.1', 'localhost', '::1'].includes(text)) expect(outcome).toBe('policy_denied')
    expect(connections).toBe(0)
  })

  it('hands on the address that was checked, though the name says another a moment later', async () => {
    const made = rig({}, [[GOOD], [GOOD], ['127.0.0.1']])
    const { driver, backend } = open(id, NAME, made)
    const target = { mountId: 'mnt_1', path: '/mnt/x', readOnly: true }
    const source = driverById(id).mounting?.request(backend.config, target).source
    if (source) made.host.storages.set(source, fakeStorage())
    await codeOf(driver.mount?.(backend, target, made.context()))
    await codeOf(driver.connect?.(backend, made.context()))
    expect(connections).toBe(0)
    expect(told(made.recording, made.host)).not.toContain('127.0.0.1')
  })

  it('names the entry of the policy file that opens this machine, and opens nothing but that', async () => {
    const closed = rig({}, [['127.0.0.1']])
    const { driver, backend } = open(id, NAME, closed)
    const [step] = (await driver.test(backend, closed.context())).filter(({ status }) => status === 'failed')
    const { advice } = explain('network.denied_by_policy', step?.values ?? {})
    expect(advice).toContain('name "127.0.0.1" under allow.networks in agent.json there')
    expect(connections).toBe(0)
    for (const other of ['::1', '127.0.0.2', '169.254.169.254']) {
      const made = rig({ allow: { networks: ['127.0.0.1'] } }, [[other]])
      expect(await codeOf(checkServers(open(id, NAME, made), made.policy, made.host))).toBe('policy_denied')
    }
    expect(connections).toBe(0)
  })

  it('reaches a server on this machine where the policy names it', async () => {
    const made = rig({ allow: { networks: ['127.0.0.0/8'] } }, [['127.0.0.1']])
    await checkServers(open(id, NAME, made), made.policy, made.host)
    const { driver, backend } = open(id, NAME, made)
    const steps = await driver.test(backend, made.context())
    expect(steps.find((step) => step.id === 'name')?.status).toBe('passed')
    expect(steps.find((step) => step.id === 'tcp')?.status).toBe('passed')
    expect(connections).toBeGreaterThan(0)
    // It is not what it should be, and what it says is told to nobody.
    expect(JSON.stringify([steps, made.recording.texts])).not.toContain(WORDS)
  })
})

it('gives the kernel the checked address of an SMB server, and keeps the name in the source', async () => {
  const made = rig({}, [[GOOD]])
  const { driver, backend } = open('cifs', NAME, made)
  made.host.storages.set(`//${NAME}/media`, fakeStorage())
  await driver.mount?.(backend, { mountId: 'mnt_1', path: '/mnt/x', readOnly: true }, made.context())
  const [command] = made.recording.commands.filter(({ command }) => command === 'mount')
  expect(command?.args.join(' ')).toContain(`ip=${GOOD},`)
  expect(command?.args.join(' ')).toContain(`//${NAME}/media`)
})

it('asks an NFS server for its exports at the checked address', async () => {
  const made = rig({ allow: { networks: ['127.0.0.0/8'] } }, [['127.0.0.1']])
  const { driver, backend } = open('nfs', NAME, made)
  const stdout = 'program 100003 version 4 ready and waiting\n'
  made.host.answers.set('rpcinfo', { exitCode: 0, stdout, stderr: '' })
  await driver.test(backend, made.context())
  await codeOf(driver.discover?.exports?.(backend, made.context()))
  const asked = made.recording.commands.filter(({ command }) => command === 'showmount' || command === 'rpcinfo')
  expect(asked.map(({ command }) => command)).toEqual(['rpcinfo', 'showmount', 'showmount'])
  expect(JSON.stringify(asked)).not.toContain(NAME)
})

it('gives the tools of Ceph and the nodes of WolfDisk addresses, never names', async () => {
  for (const id of ['ceph-rbd', 'wolfdisk'] as const) {
    const made = rig({ allow: { networks: ['127.0.0.0/8'] } }, [['127.0.0.1']])
    const { driver, backend } = open(id, NAME, made)
    const written: string[] = []
    const { host } = made
    const keep = host.secretFile.bind(host)
    host.secretFile = async (content) => {
      written.push(String(typeof content === 'string' ? content : ''))
      return await keep(content)
    }
    host.fuseStorage = (daemon) => {
      written.push(JSON.stringify(Object.values(daemon.secretFiles).map((secret) => reveal(secret))))
      return null
    }
    await codeOf(driver.connect?.(backend, made.context()))
    await codeOf(driver.mount?.(backend, { mountId: 'mnt_1', path: '/mnt/x', readOnly: false }, made.context()))
    expect(written.join('\n')).toContain(`127.0.0.1:${port}`)
    expect(written.join('\n')).not.toContain(NAME)
  }
})
