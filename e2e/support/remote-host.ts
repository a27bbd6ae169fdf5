import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { sshArgs } from '@/e2e/lab/ssh.mjs'
import type { Guest } from '@/e2e/support/lab'
import type { DriverHost, MountEntry } from '@/lib/drivers/contract/driver-host'
import { decode, encode, fromWire, type WireFailure } from './remote-host-wire'

const FOLDER = '/opt/holdfast-contract'
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Line {
  id?: number
  value?: unknown
  failure?: WireFailure
  mounts: MountEntry[]
  hello?: { runDir: string; stateDir: string; hostId: string }
}

export interface RemoteHost {
  host: DriverHost
  /** Takes away what a failed test left: scratch mounts, daemons, secret files. */
  clean(): Promise<void>
  close(): Promise<void>
}

/** Puts Node and the agent's machine code into the guest, once. */
export async function installRemoteHost(guest: Guest): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-remote-host-'))
  try {
    await build({
      entryPoints: [join(ROOT, 'e2e/support/remote-host-agent.ts')],
      outfile: join(folder, 'host.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      tsconfig: join(ROOT, 'tsconfig.json'),
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      logLevel: 'error',
    })
    await guest.ok(`mkdir -p ${FOLDER}`)
    await guest.copy(join(folder, 'host.mjs'), `${FOLDER}/host.mjs`)
    const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node')
    await guest.copy(node, `${FOLDER}/node`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The guest's machine behind the interface that drivers know. `mounts.list` is the table as of the last answer. */
export async function openRemoteHost(guest: Guest): Promise<RemoteHost> {
  const child = spawn('ssh', sshArgs(guest.name, [`${FOLDER}/node ${FOLDER}/host.mjs`]), {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = new Map<number, (line: Line) => void>()
  const hello = Promise.withResolvers<Line>()
  let mounts: MountEntry[] = []
  let nextId = 1
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = decode(text) as Line
    mounts = line.mounts
    if (line.id === undefined) hello.resolve(line)
    else waiting.get(line.id)?.(line)
  })
  child.once('exit', (code) => hello.reject(new Error(`The remote host ended with ${code}.`)))
  const places = (await hello.promise).hello
  if (places === undefined) throw new Error('The remote host did not say where it keeps its files.')

  async function ask<T>(method: string, ...args: unknown[]): Promise<T> {
    const id = nextId++
    const { promise, resolve } = Promise.withResolvers<Line>()
    waiting.set(id, resolve)
    // JSON knows no undefined: an argument that is not given must not arrive as null.
    const given = args.slice(0, args.findLastIndex((argument) => argument !== undefined) + 1)
    child.stdin.write(`${encode({ id, method, args: given })}\n`)
    const line = await promise
    waiting.delete(id)
    if (line.failure !== undefined) throw fromWire(line.failure)
    return line.value as T
  }

  async function held(method: string, ...args: unknown[]): Promise<{ path: string; done(): Promise<void> }> {
    const { path } = await ask<{ path: string }>(method, ...args)
    return { path, done: () => ask('done', path) }
  }

  const host: DriverHost = {
    run: (...args) => ask('run', ...args),
    net: {
      resolve: (name) => ask('net.resolve', name),
      connect: (name, port) => ask('net.connect', name, port),
      request: (request) => ask('net.request', request),
    },
    mounts: {
      list: () => mounts,
      mount: (request) => ask('mounts.mount', request),
      unmount: (target) => ask('mounts.unmount', target),
    },
    fuse: {
      paths: (unit) => ({
        directory: `${places.runDir}/fuse/${unit}`,
        socket: `${places.runDir}/fuse/${unit}/control.sock`,
        cache: `${places.stateDir}/cache/${unit}`,
      }),
      freePort: () => ask('fuse.freePort'),
      start: (daemon) => ask('fuse.start', daemon),
      stop: (unit, target, options) => ask('fuse.stop', unit, target, options),
      isRunning: (unit) => ask('fuse.isRunning', unit),
      control: (unit, method, parameters) => ask('fuse.control', unit, method, parameters),
      log: (unit) => ask('fuse.log', unit),
    },
    probe: {
      statfs: (path) => ask('probe.statfs', path),
      list: (path) => ask('probe.list', path),
      writeReadDelete: (path) => ask('probe.writeReadDelete', path),
      readText: (path) => ask('probe.readText', path),
      stat: (path) => ask('probe.stat', path),
    },
    records: {
      read: (path) => ask('records.read', path),
      list: (path) => ask('records.list', path),
      isOurs: (path) => ask('records.isOurs', path),
      writeSecret: (path, content) => ask('records.writeSecret', path, content),
      remove: (path) => ask('records.remove', path),
    },
    hostId: places.hostId,
    // A driver under test is kept by no agent.
    keepsOpen: () => false,
    scratch: () => held('scratch'),
    secretFile: (content) => held('secretFile', content),
  }
  return {
    host,
    clean: () => ask('clean'),
    close: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end()
      await gone
    },
  }
}
