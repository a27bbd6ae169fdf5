import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { installPackage, type WantedPackage } from '@/agent/update/agent-package'
import { HoldfastError } from '@/lib/errors'
import { createTestAuthority, type TestAuthority } from '@/testing/certificates'
import { type FakeFleetPort, startFakeFleetPort } from '@/testing/fake-fleet-port'

const FILE = 'holdfast-agent-linux-x64.tar.gz'
let root: string
let work: string
let authority: TestAuthority
let port: FakeFleetPort
const files = new Map<string, Buffer>()

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'holdfast-update-'))
  authority = await createTestAuthority()
  const names = [{ type: 'ip', value: '127.0.0.1' }] as const
  port = await startFakeFleetPort(await authority.issue({ names: [...names] }), undefined, files)
})
afterAll(async () => {
  await port.close()
  rmSync(root, { recursive: true, force: true })
})
beforeEach(() => {
  work = mkdtempSync(path.join(root, 'case-'))
})
afterEach(() => files.clear())

const installed = () => path.join(work, 'installed')
const directory = () => path.join(work, 'update')

/** An agent that says this version, and writes down how it was asked to install itself. */
function pack(version: string, install = `echo "$@" > ${installed()}; echo Installed.`): WantedPackage {
  const inner = path.join(work, 'holdfast-agent')
  mkdirSync(inner, { recursive: true })
  const script = `#!/bin/sh\ncase "$1" in\nversion) echo ${version} ;;\ninstall) ${install} ;;\nesac\n`
  writeFileSync(path.join(inner, 'holdfast-agent'), script, { mode: 0o755 })
  const archive = execFileSync('tar', ['-czf', '-', '-C', work, 'holdfast-agent'])
  files.set(FILE, archive)
  return { file: FILE, sha256: createHash('sha256').update(archive).digest('hex'), version }
}

async function install(wanted: WantedPackage, over: { url?: string; authorities?: string; signal?: AbortSignal } = {}) {
  const logs: string[] = []
  const parts = {
    ...{ url: port.url, authorities: authority.certificate, directory: directory() },
    ...{ deadlineAt: performance.now() + 30_000, signal: new AbortController().signal },
    ...{ log: (message: string) => void logs.push(message), hang: () => undefined },
  }
  const error = await installPackage(wanted, { ...parts, ...over }).catch((caught: unknown) => caught)
  return { error, logs }
}

async function refusal(...args: Parameters<typeof install>): Promise<HoldfastError> {
  const { error } = await install(...args)
  if (!(error instanceof HoldfastError)) throw new Error(`it should have been refused: ${String(error)}`)
  expect(existsSync(installed())).toBe(false)
  expect(existsSync(directory())).toBe(false)
  return error
}

test('is fetched, tried, and told to install itself beside the one that runs', async () => {
  const { error, logs } = await install(pack('9.9.9'))
  expect(error).toBeUndefined()
  expect(readFileSync(installed(), 'utf8').trim()).toBe('install --no-restart')
  expect(logs.join('\n')).toMatch(/Fetching .*checksum.*version 9\.9\.9.*Installed\./s)
  expect(readdirSync(work).sort()).toEqual(['holdfast-agent', 'installed'])
})

test('what an update before left behind is in nobody’s way', async () => {
  mkdirSync(path.join(directory(), 'holdfast-agent'), { recursive: true })
  writeFileSync(path.join(directory(), 'package.tar.gz'), 'half')
  expect((await install(pack('9.9.9'))).error).toBeUndefined()
})

describe('nothing is installed', () => {
  test('when the archive is another one', async () => {
    const wanted = pack('9.9.9')
    files.set(FILE, Buffer.concat([files.get(FILE) ?? Buffer.alloc(0), Buffer.from('x')]))
    expect(await refusal(wanted)).toMatchObject({ code: 'conflict', message: expect.stringContaining('checksum') })
  })

  test('when another version is in it', async () => {
    const error = await refusal({ ...pack('9.9.8'), version: '9.9.9' })
    expect(error.message).toContain('version 9.9.8, not 9.9.9')
  })

  test('when the controller does not have it', async () => {
    const wanted = pack('9.9.9')
    files.clear()
    expect((await refusal(wanted)).code).toBe('not_found')
  })

  test('when somebody else answers at the address of the controller, or nobody', async () => {
    const wanted = pack('9.9.9')
    const stranger = await createTestAuthority()
    expect((await refusal(wanted, { authorities: stranger.certificate })).code).toBe('host_unreachable')
    expect((await refusal(wanted, { url: 'https://127.0.0.1:1' })).code).toBe('host_unreachable')
  })

  test('when it does not run on this host', async () => {
    const wanted = pack('9.9.9')
    const inner = path.join(work, 'holdfast-agent')
    writeFileSync(path.join(inner, 'holdfast-agent'), '#!/nowhere/interpreter\n', { mode: 0o755 })
    const archive = execFileSync('tar', ['-czf', '-', '-C', work, 'holdfast-agent'])
    files.set(FILE, archive)
    const sha256 = createHash('sha256').update(archive).digest('hex')
    expect((await refusal({ ...wanted, sha256 })).message).toContain('could not be started')
  })
})

test('what the installation says when it fails is the error', async () => {
  const { error } = await install(pack('9.9.9', 'echo "no space left" >&2; exit 1'))
  expect(String((error as { stderr?: string }).stderr ?? error)).toContain('no space left')
  expect(existsSync(directory())).toBe(false)
})
