import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freePort } from '@/agent/host/network'
import { writeIdentity } from '@/agent/identity/identity'
import { controllerIdentity } from '@/lib/agent-protocol/enrollment'
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
import { type FakeFleetPort, startFakeFleetPort } from '@/testing/fake-fleet-port'
import { testId } from '@/testing/ids'
import { mtlsRequest } from '@/testing/mtls-request'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/**
 * The installed agent, kept running as systemd keeps it, in a mount namespace where /usr/local, /etc, /run and /var/lib are scratch
 * and systemctl is a script that writes down how it was called. Nothing of it reaches this machine.
 */
const HOST = testId('host', 'updated')
const FILE = `holdfast-agent-linux-${process.arch}.tar.gz`
const NEXT = '9.9.9'
let root: string
let fleet: TestAuthority
let controller: IssuedCertificate
let fleetPort: FakeFleetPort
let service: ChildProcess
let port: number
let said = ''
const files = new Map<string, Buffer>()

function build(out: string): void {
  const project = fileURLToPath(new URL('../..', import.meta.url))
  execFileSync(process.execPath, ['scripts/build-agent.mjs', '--out', out], { cwd: project })
}

/** The same agent under another number, and with the Node of this machine. */
function packNext(current: string): Buffer {
  const next = path.join(root, 'next/holdfast-agent')
  mkdirSync(next, { recursive: true })
  for (const name of ['holdfast-agent.service', 'holdfast-mounts.service', 'agent.example.json']) {
    copyFileSync(path.join(current, name), path.join(next, name))
  }
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const bundle = readFileSync(path.join(current, 'holdfast-agent.mjs'), 'utf8')
  writeFileSync(path.join(next, 'holdfast-agent.mjs'), bundle.replaceAll(`"${version}"`, `"${NEXT}"`))
  const launcher = `#!/bin/sh\nexec ${process.execPath} "$(dirname "$(readlink -f "$0")")/holdfast-agent.mjs" "$@"\n`
  writeFileSync(path.join(next, 'holdfast-agent'), launcher, { mode: 0o755 })
  return execFileSync('tar', ['-czf', '-', '-C', path.dirname(next), 'holdfast-agent'], { maxBuffer: 2 ** 28 })
}

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'holdfast-updated-'))
  const current = path.join(root, 'current')
  build(current)
  copyFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), path.join(root, 'package.json'))
  files.set(FILE, packNext(current))
  fleet = await createTestAuthority()
  controller = await fleet.issue(controllerWishes())
  fleetPort = await startFakeFleetPort(
    await fleet.issue({ names: [{ type: 'ip', value: '127.0.0.1' }] }),
    undefined,
    files,
  )
  port = await freePort()
  writeIdentity(path.join(root, 'state'), {
    version: 1,
    installationId: TEST_INSTALLATION,
    hostId: HOST,
    controllerIdentity: controllerIdentity(TEST_INSTALLATION),
    controllerUrl: fleetPort.url,
    port,
    ...(await fleet.issue(hostWishes(HOST))),
    authorities: fleet.certificate,
  })
  writeFileSync(path.join(root, 'systemctl'), `#!/bin/sh\necho "$@" >> ${root}/systemctl.log\n`, { mode: 0o755 })
  mkdirSync(path.join(root, 'layers'))
  const script = [
    'set -e',
    'mount -t tmpfs scratch /usr/local',
    `mount -t tmpfs scratch ${root}/layers && mkdir ${root}/layers/u ${root}/layers/w`,
    `mount -t overlay -o lowerdir=/etc,upperdir=${root}/layers/u,workdir=${root}/layers/w overlay /etc`,
    'mkdir -p /etc/systemd/system',
    'mount -t tmpfs scratch /run && mkdir -p /run/systemd/system',
    `mount --bind ${root}/systemctl $(readlink -f /usr/bin/systemctl)`,
    'mount -t tmpfs scratch /var/lib && mkdir -m 700 /var/lib/holdfast-agent',
    `cp ${root}/state/identity.json /var/lib/holdfast-agent/`,
    `${process.execPath} ${current}/holdfast-agent.mjs install`,
    // The first process of a process namespace is to its children what systemd is.
    'set +e',
    `while :; do /usr/local/lib/holdfast-agent/holdfast-agent run --listen 127.0.0.1:${port}; done`,
  ].join('\n')
  const spaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc', '--kill-child']
  service = spawn('unshare', [...spaces, 'sh', '-c', script], { stdio: ['ignore', 'ignore', 'pipe'] })
  service.stderr?.on('data', (chunk: Buffer) => {
    said += chunk
  })
})
afterAll(async () => {
  service?.kill('SIGKILL')
  await fleetPort?.close()
  rmSync(root, { recursive: true, force: true })
})

const trust = () => ({ ...controller, authorities: fleet.certificate })

async function info() {
  const { text } = await mtlsRequest({ port, method: 'GET', path: VERBS.info.path, ...trust() })
  return VERBS.info.response.parse(JSON.parse(text))
}

const restarts = () => said.split('agent is listening').length - 1

async function update(operationId: string, sha256: string) {
  const envelope = { operationId, resourceId: HOST, generation: 0, fence: 1, ttlMs: 60_000 }
  const body = { ...envelope, file: FILE, sha256, version: NEXT }
  const { method, path: url } = VERBS.updateAgent
  const { text } = await mtlsRequest({ port, method, path: url, body, ...trust() })
  return text
    .trim()
    .split('\n')
    .map((line) => StreamMessage.parse(JSON.parse(line)))
}

test('the installed agent is replaced by the one that its controller has, and starts again', async () => {
  const before = await waitFor('the agent', () => info().catch(() => undefined), 60_000)
  expect(before).toMatchObject({ canUpdate: true })
  expect(before.agentVersion).not.toBe(NEXT)

  const wrong = await update(testId('operation', 'wrong'), '0'.repeat(64))
  expect(wrong.at(-1)).toMatchObject({ type: 'error', error: { code: 'conflict' } })

  const sha256 = createHash('sha256')
    .update(files.get(FILE) ?? '')
    .digest('hex')
  const operation = testId('operation', 'right')
  const lines = await update(operation, sha256)
  expect(lines.at(-1)).toEqual({ type: 'result', result: { version: NEXT, startedAt: before.startedAt } })
  const after = await waitFor(
    'its successor',
    async () => {
      const now = await info().catch(() => undefined)
      return now?.agentVersion === NEXT ? now : undefined
    },
    60_000,
  )
  expect(after.startedAt).not.toBe(before.startedAt)
  expect(restarts()).toBe(2)
  const calls = readFileSync(path.join(root, 'systemctl.log'), 'utf8').trim().split('\n')
  expect(calls.filter((call) => call.startsWith('restart'))).toHaveLength(1)
  expect(calls.filter((call) => call === 'daemon-reload')).toHaveLength(2)

  // Asked once more, the new one tells what came of it, and goes on.
  const again = await update(operation, sha256)
  expect(again.at(-1)).toMatchObject({ type: 'result', result: { version: NEXT } })
  expect((await info()).startedAt).toBe(after.startedAt)
})
