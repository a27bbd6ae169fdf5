import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from '@/agent/host/network'
import { VERBS } from '@/lib/agent-protocol/verbs'
import {
  controllerWishes,
  createTestAuthority,
  type IssuedCertificate,
  SERVER_AUTH,
  type TestAuthority,
} from '@/testing/certificates'
import { type FakeFleetPort, startFakeFleetPort, welcome } from '@/testing/fake-fleet-port'
import { mtlsRequest } from '@/testing/mtls-request'

/** The agent as its bundle, in processes of its own: what a host runs. */

/** As the packaged agent is started. */
const NODE_FLAGS =
  readFileSync(new URL('packaging/holdfast-agent.sh', import.meta.url), 'utf8').match(/(?<= )--[a-z=\d-]+/g) ?? []
const TOKEN = 'not-a-real-token-0123456789'
const HOST = 'hst_00000000000000000000000001'
let root: string
let bundle: string
/** In memory already, so that a killed agent leaves no mount behind. */
let runRoot: string
let fleet: TestAuthority
let controller: IssuedCertificate
let fleetPort: FakeFleetPort
let joined: string[]
let dir: string
let children: ChildProcess[] = []

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'holdfast-agent-'))
  runRoot = mkdtempSync('/dev/shm/holdfast-agent-')
  bundle = path.join(root, 'holdfast-agent.mjs')
  const project = fileURLToPath(new URL('..', import.meta.url))
  execFileSync(process.execPath, ['scripts/build-agent.mjs', '--out', root], { cwd: project })
  fleet = await createTestAuthority()
  controller = await fleet.issue(controllerWishes())
  const leaf = await fleet.issue({ names: [{ type: 'ip', value: '127.0.0.1' }], usages: [SERVER_AUTH] })
  let next = 0
  fleetPort = await startFakeFleetPort({ ...leaf, certificate: leaf.certificate + fleet.certificate }, (request) => {
    const hostId = `${HOST.slice(0, -2)}${String(++next).padStart(2, '0')}`
    joined.push(hostId)
    return welcome(fleet, hostId, request)
  })
})
afterAll(async () => {
  await fleetPort.close()
  rmSync(root, { recursive: true, force: true })
  rmSync(runRoot, { recursive: true, force: true })
})
beforeEach(() => {
  joined = []
  dir = mkdtempSync(path.join(root, 'case-'))
  writePolicy({})
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
})

function writePolicy(policy: unknown): void {
  writeFileSync(path.join(dir, 'policy.json'), typeof policy === 'string' ? policy : JSON.stringify(policy))
}

/** What a child that has ended wrote is in our pipe already; this is only for the end that never comes. */
const DRAIN_MS = 3_000

interface Running {
  child: ChildProcess
  /** What it has said so far. */
  said(): string
  /** Resolves when it has said this; rejects when it ends first. */
  says(text: string): Promise<void>
  ended: Promise<number | null>
}

function start(...args: string[]): Running {
  const standing = ['--state-dir', path.join(dir, 'state'), '--policy', path.join(dir, 'policy.json')]
  const child: ChildProcess = spawn(process.execPath, [...NODE_FLAGS, bundle, ...args, ...standing], {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    env: { NODE_ENV: 'test', PATH: process.env.PATH, HOLDFAST_AGENT_RUN_DIR: path.join(runRoot, path.basename(dir)) },
  })
  children.push(child)
  let text = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk
      for (const check of waiting) check()
    })
  }
  // Not 'close': it does not come for a child whose IPC channel was closed from here, nor always for one that ends at its start.
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const drained = Promise.allSettled(
    [child.stdout, child.stderr].flatMap((stream) => (stream ? [finished(stream)] : [])),
  )
  const ended = exited.then(async (code) => {
    await Promise.race([drained, setTimeout(DRAIN_MS)])
    return code
  })
  return {
    child,
    ended,
    said: () => text,
    says(wanted) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const check = () => {
        if (text.includes(wanted)) resolve()
      }
      waiting.add(check)
      check()
      void ended.then((code) => reject(new Error(`the agent ended (${code}) without saying "${wanted}": ${text}`)))
      return promise
    },
  }
}

function fingerprint(): string {
  return new X509Certificate(fleet.certificate).fingerprint256
}

async function join(port: number): Promise<Running> {
  const process = start('join', fleetPort.url, '-', '--ca', fingerprint(), '--port', String(port))
  process.child.stdin?.end(`${TOKEN}\n`)
  expect(await process.ended, process.said()).toBe(0)
  return process
}

function ask(port: number, name: 'info' | 'status' | 'requestCertificate' | 'installCertificate', body?: unknown) {
  const { method, path: url } = VERBS[name]
  return mtlsRequest({ port, method, path: url, body, ...controller, authorities: fleet.certificate })
}

describe('a host that has joined', () => {
  test('serves its controller, follows its policy file, renews its certificate, stops when asked', async () => {
    const port = await freePort()
    const { said } = await join(port)
    expect(said()).toContain(HOST)
    expect(fleetPort.bodies.at(-1)).toContain(TOKEN)

    const agent = start('run', '--listen', `127.0.0.1:${port}`)
    const ready = new Promise((resolve) => agent.child.once('message', resolve))
    await agent.says('agent is listening')
    expect(await ready).toEqual({ type: 'ready' })

    const info = VERBS.info.response.parse(JSON.parse((await ask(port, 'info')).text))
    expect(info.policy.mountRoots).toEqual(['/mnt', '/srv', '/media'])
    expect(info.policy.sourceRoots).toEqual(['/mnt', '/srv', '/media', '/home', '/data', '/opt'])
    expect(info.tools.some((tool) => tool.command === 'mount' && tool.path !== null)).toBe(true)
    expect((await ask(port, 'status')).status).toBe(200)

    writePolicy({ mountRoots: ['/srv/storage'], sourceRoots: ['/srv/sources'], drivers: ['nfs'] })
    agent.child.kill('SIGHUP')
    await agent.says('policy read again')
    const narrower = JSON.parse((await ask(port, 'info')).text)
    expect(narrower.policy).toMatchObject({
      mountRoots: ['/srv/storage'],
      sourceRoots: ['/srv/sources'],
      drivers: ['nfs'],
    })
    const doctor = start('doctor')
    await doctor.ended
    expect(doctor.said()).toContain('/srv/sources')
    expect(doctor.said()).toContain(`${path.join(dir, 'policy.json')} (mountRoots, sourceRoots)`)

    writePolicy('{"mountRoots":["/etc"]}')
    agent.child.kill('SIGHUP')
    await agent.says('policy not changed')
    expect(agent.said()).toContain('mountRoots[0]')
    expect(JSON.parse((await ask(port, 'info')).text).policy.mountRoots).toEqual(['/srv/storage'])

    const { csr } = JSON.parse((await ask(port, 'requestCertificate', {})).text)
    const identity = `spiffe://test-installation/host/${joined[0]}`
    const certificate = await fleet.sign(csr, { names: [{ type: 'url', value: identity }], usages: [SERVER_AUTH] })
    const installed = await ask(port, 'installCertificate', { certificate, authorities: fleet.certificate })
    expect(installed.status, installed.text).toBe(200)
    const renewed = JSON.parse((await ask(port, 'info')).text)
    expect(renewed.certificate.serial).toBe(new X509Certificate(certificate).serialNumber.toLowerCase())

    const status = start('status', '--listen', `127.0.0.1:${port}`)
    expect(await status.ended).toBe(0)
    expect(status.said()).toContain(`answers on port ${port}`)
    expect(status.said()).toMatch(/^clock +agrees with the controller's$/m)

    agent.child.kill('SIGTERM')
    expect(await agent.ended).toBe(0)
    expect(agent.said()).not.toContain(TOKEN)
    expect(agent.said()).not.toContain('PRIVATE KEY')
  })

  test('may be joined while the agent waits, and joined again while it runs', async () => {
    const port = await freePort()
    const agent = start('run', '--listen', `127.0.0.1:${port}`)
    await agent.says('waiting for')
    await join(port)
    await agent.says('agent is listening')
    const again = await join(port)
    expect(again.said()).toContain('remove that host in the console')
    expect(await agent.ended).toBe(0)
    expect(agent.said()).toContain('this host has joined again')
  })

  test('ends with the process that started it', async () => {
    const port = await freePort()
    await join(port)
    const agent = start('run', '--listen', `127.0.0.1:${port}`)
    await agent.says('agent is listening')
    agent.child.disconnect()
    expect(await agent.ended).toBe(0)
  })
})

describe('one clear sentence', () => {
  const cases: [string, () => Promise<string[]> | string[], RegExp][] = [
    ['an unknown command', () => ['frobnicate'], /There is no command frobnicate/],
    ['an unknown option', () => ['run', '--frobnicate'], /Unknown option '--frobnicate'/],
    ['a bad address', () => ['run', '--listen', 'here'], /HOLDFAST_AGENT_LISTEN must be host:port/],
    ['join without a token', () => ['join', 'https://127.0.0.1:1'], /Write: holdfast-agent join/],
    ['join without a fingerprint', () => ['join', 'https://127.0.0.1:1', TOKEN], /--ca is missing/],
    [
      'join with a bad port',
      () => ['join', 'https://127.0.0.1:1', TOKEN, '--ca', 'x', '--port', '0'],
      /--port must be/,
    ],
    ['nobody at the URL', () => ['join', 'https://127.0.0.1:1', TOKEN, '--ca', fingerprint()], /cannot be reached/],
    [
      'a policy with a mistake',
      () => {
        writePolicy({ mountRoot: ['/srv'] })
        return ['run']
      },
      /mountRoot is not a known setting/,
    ],
    [
      'a policy that is not there',
      () => {
        rmSync(path.join(dir, 'policy.json'))
        return ['run']
      },
      /policy\.json cannot be read \(ENOENT\)/,
    ],
    [
      'a port in use',
      async () => {
        await join(fleetPortNumber())
        return ['run', '--listen', `127.0.0.1:${fleetPortNumber()}`]
      },
      /is in use by another program/,
    ],
    [
      'a damaged identity',
      async () => {
        await join(await freePort())
        writeFileSync(path.join(dir, 'state/identity.json'), '{')
        return ['run']
      },
      /identity\.json is damaged/,
    ],
    [
      'a state directory that is a file',
      () => {
        writeFileSync(path.join(dir, 'state'), '')
        return ['run']
      },
      /state directory .* cannot be used/,
    ],
  ]

  function fleetPortNumber(): number {
    return Number(new URL(fleetPort.url).port)
  }

  test.each(cases)('%s', async (_what, prepare, sentence) => {
    const agent = start(...(await prepare()))
    expect(await agent.ended).toBe(1)
    const said = agent.said().trim().split('\n').at(-1) ?? ''
    expect(said).toMatch(/^holdfast-agent: /)
    expect(said).toMatch(sentence)
    expect(said).not.toContain(TOKEN)
  })

  test('status of a host that has not joined', async () => {
    const status = start('status')
    expect(await status.ended).toBe(3)
    expect(status.said()).toContain('has not joined')
  })
})

/** Resident memory in KiB. */
function rss(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

test.runIf(existsSync('/proc/self/status'))('memory just after the start beside a bare HTTPS server', async () => {
  const port = await freePort()
  await join(port)
  const agent = start('run', '--listen', `127.0.0.1:${port}`)
  await agent.says('agent is listening')
  for (let i = 0; i < 5; i++) await ask(port, 'status')
  const script = path.join(dir, 'bare.mjs')
  writeFileSync(
    script,
    `import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
const { key, certificate: cert, authorities: ca } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
createServer({ key, cert, ca, requestCert: true, minVersion: 'TLSv1.3' }, (q, s) => s.end('{}')).listen(0, '127.0.0.1', function () {
  process.stdout.write(String(this.address().port) + '\\n')
})`,
  )
  const bare = spawn(process.execPath, [script, path.join(dir, 'state/identity.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(bare)
  const barePort = await new Promise<number>((resolve) => bare.stdout?.once('data', (chunk) => resolve(Number(chunk))))
  const request = { method: 'GET', path: '/', ...controller, authorities: fleet.certificate }
  for (let i = 0; i < 5; i++) await mtlsRequest({ ...request, port: barePort })
  const ratio = rss(agent.child.pid) / rss(bare.pid)
  process.stdout.write(
    `agent RSS just after its start ${Math.round(rss(agent.child.pid) / 1024)} MiB, bare Node HTTPS ${Math.round(rss(bare.pid) / 1024)} MiB, ratio ${ratio.toFixed(2)} (idle later: less)\n`,
  )
  // The goal (1.25) is for an idle agent and is measured by the benchmark; this notices a package that does not belong here.
  expect(ratio).toBeLessThan(1.6)
})
