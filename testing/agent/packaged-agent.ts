import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import { writeIdentity } from '@/agent/identity/identity'
import { controllerIdentity } from '@/lib/agent-protocol/enrollment'
import type { ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { StreamMessage } from '@/lib/agent-protocol/stream'
import { VERBS } from '@/lib/agent-protocol/verbs'
import {
  controllerWishes,
  createTestAuthority,
  hostWishes,
  type IssuedCertificate,
  TEST_INSTALLATION,
  type TestAuthority,
} from '@/testing/certificates'
import { testId } from '@/testing/ids'
import { mtlsRequest } from '@/testing/mtls-request'

const HOST = 'hst_00000000000000000000000001'
const PROJECT = fileURLToPath(new URL('../..', import.meta.url))

/** The agent as it is shipped, in a process of its own, and a controller that talks to it. */
class PackagedAgent {
  fleet!: TestAuthority
  controller!: IssuedCertificate
  /** Directory of one test. */
  base = ''
  /** In memory already, so that a killed agent leaves no mount behind. */
  runDir = ''
  port = 0
  private build = ''
  private agent!: ChildProcess
  private said = ''
  private operations = 0

  async prepare(): Promise<void> {
    this.build = mkdtempSync(join(tmpdir(), 'holdfast-agent-'))
    execFileSync(process.execPath, ['scripts/build-agent.mjs', '--out', this.build], { cwd: PROJECT })
    this.fleet = await createTestAuthority()
    this.controller = await this.fleet.issue(controllerWishes())
  }

  removeBuild(): void {
    rmSync(this.build, { recursive: true, force: true })
  }

  async install(): Promise<void> {
    this.base = mkdtempSync('/srv/holdfast-main-')
    this.runDir = mkdtempSync('/dev/shm/holdfast-main-')
    chmodSync(this.base, 0o755)
    for (const name of ['data', 'mnt']) mkdirSync(this.path(name))
    this.writePolicy({ mountRoots: [this.path('mnt')] })
    writeIdentity(this.path('state'), {
      version: 1,
      installationId: TEST_INSTALLATION,
      hostId: HOST,
      controllerIdentity: controllerIdentity(TEST_INSTALLATION),
      controllerUrl: 'https://127.0.0.1:3001',
      port: 8443,
      ...(await this.fleet.issue(hostWishes(HOST))),
      authorities: this.fleet.certificate,
    })
    await this.start()
  }

  async clear(): Promise<void> {
    await this.stop()
    for (const { target } of readMounts().reverse()) {
      if (target.startsWith(`${this.base}/`)) spawnSync('umount', ['-c', '-l', target])
    }
    spawnSync('chattr', ['-R', '-f', '-i', this.base])
    rmSync(this.base, { recursive: true, force: true })
    rmSync(this.runDir, { recursive: true, force: true })
  }

  /** A place in the directory of the test. */
  path(...names: string[]): string {
    return join(this.base, ...names)
  }

  writePolicy(document: object): void {
    writeFileSync(this.path('policy.json'), JSON.stringify(document))
  }

  async readPolicyAgain(): Promise<void> {
    this.agent.kill('SIGHUP')
    await vi.waitFor(() => expect(this.said).toContain('policy read again'))
  }

  async start(): Promise<void> {
    this.said = ''
    const beside = ['--protect', this.path('control-plane'), '--protect', this.path('db/holdfast.db')]
    const options = ['--state-dir', this.path('state'), '--policy', this.path('policy.json'), ...beside]
    this.agent = spawn(
      process.execPath,
      [join(this.build, 'holdfast-agent.mjs'), 'run', '--listen', '127.0.0.1:0', ...options],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: { NODE_ENV: 'test', PATH: process.env.PATH, HOLDFAST_AGENT_RUN_DIR: this.runDir },
      },
    )
    this.agent.stderr?.on('data', (chunk: Buffer) => {
      this.said += chunk
    })
    await vi.waitFor(() => expect(this.said).toContain('agent is listening'), { timeout: 10_000 })
    this.port = Number(/"port":(\d+)/.exec(this.said)?.[1])
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.agent.exitCode !== null || this.agent.signalCode !== null) return
    const exited = new Promise((resolve) => this.agent.once('exit', resolve))
    this.agent.kill(signal)
    await exited
  }

  trust() {
    return { ...this.controller, authorities: this.fleet.certificate }
  }

  /** Last line of a stream. */
  async command(
    name: 'applyMount' | 'removeMount',
    generation: number,
    body: object,
    resourceId = testId('mount', '1'),
  ): Promise<StreamMessage> {
    const { method, path: url } = VERBS[name]
    const operationId = testId('operation', ++this.operations)
    const envelope = { operationId, resourceId, generation, fence: 1, ttlMs: 60_000 }
    const { port } = this
    const { text } = await mtlsRequest({ port, method, path: url, body: { ...envelope, ...body }, ...this.trust() })
    return StreamMessage.parse(JSON.parse(text.trim().split('\n').at(-1) ?? 'null'))
  }

  wanted(change: Partial<WireMount> = {}): WireMount {
    return {
      mountId: testId('mount', '1'),
      backend: {
        id: testId('backend', '1'),
        driver: 'local-dir',
        config: { path: this.path('data') },
        secrets: {},
      },
      mountPoint: this.path('mnt/a'),
      readOnly: false,
      autoMount: true,
      desiredState: 'mounted',
      ...change,
    }
  }

  isMounted(): boolean {
    return readMounts().some((mount) => mount.target === this.path('mnt/a'))
  }

  async status(): Promise<ObservedMount | undefined> {
    const { port } = this
    const { text } = await mtlsRequest({ port, method: 'GET', path: VERBS.status.path, ...this.trust() })
    return VERBS.status.response.parse(JSON.parse(text)).resources.mount?.[0]
  }

  /** Every state of the mount that the event stream tells, and when. */
  follow(): { seen: { state: string; at: number }[]; close(): void } {
    const seen: { state: string; at: number }[] = []
    const stream = request({
      host: '127.0.0.1',
      port: this.port,
      path: VERBS.events.path,
      agent: false,
      ca: this.fleet.certificate,
      cert: this.controller.certificate,
      key: this.controller.key,
      checkServerIdentity: () => undefined,
    })
    stream.on('error', () => {})
    stream.on('response', (response) => {
      let rest = ''
      response.on('error', () => {})
      response.on('data', (chunk) => {
        const all = (rest + chunk).split('\n')
        rest = all.pop() ?? ''
        for (const line of all) {
          const message = StreamMessage.parse(JSON.parse(line))
          if (message.type !== 'resources') continue
          for (const mount of message.resources.mount ?? []) seen.push({ state: mount.state, at: performance.now() })
        }
      })
    })
    stream.end()
    return { seen, close: () => stream.destroy() }
  }
}

/** Builds the agent once, and runs it anew for each test. Needs root and this kernel. */
export function setUpPackagedAgent(): PackagedAgent {
  const rig = new PackagedAgent()
  beforeAll(() => rig.prepare())
  afterAll(() => rig.removeBuild())
  beforeEach(() => rig.install())
  afterEach(() => rig.clear())
  return rig
}
