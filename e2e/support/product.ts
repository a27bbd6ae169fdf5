import { execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pace } from '@/e2e/lab/pace.mjs'

/** Tests and benchmarks run from the top of the checkout. */
export const root = process.cwd()

/** The result of one run of a command line of ours. */
export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** Another place from which the checkout is run, and perhaps another user. */
interface Tenant {
  /** Undefined: the one that runs the tests, who must be root. */
  uid: number | undefined
  /** Where the checkout appears, in a mount namespace of its own. */
  checkout: string
}

const IN_CHECKOUT = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"'

export function runScript(
  script: string,
  args: string[],
  env: Variables,
  input = '',
  tenant?: Tenant,
): Promise<Outcome> {
  const own = [process.execPath, path.join(root, 'scripts', script), ...args]
  const asUser =
    tenant?.uid === undefined
      ? []
      : ['setpriv', '--reuid', String(tenant.uid), '--regid', String(tenant.uid), '--clear-groups']
  const [file = '', ...rest] = tenant
    ? [
        ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', IN_CHECKOUT, 'sh', root, tenant.checkout],
        ...[...asUser, 'node_modules/node/bin/node', `scripts/${script}`, ...args],
      ]
    : own
  return new Promise((resolve) => {
    const child = execFile(
      file,
      rest,
      { cwd: root, env: env as NodeJS.ProcessEnv, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        resolve({ code, stdout, stderr })
      },
    )
    child.stdin?.end(input)
  })
}

/**
 * Three neighbouring free ports on loopback. Below those that the kernel gives to connections (ip_local_port_range): one of them may
 * be taken while a product is being started again.
 */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = 10_000 + 3 * randomInt(7_000)
    const free = await Promise.all([first, first + 1, first + 2].map(isFree))
    if (free.every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Variables for a child process. */
export type Variables = Record<string, string | undefined>

export interface ProductOptions {
  env?: Variables
  /** The policy of this machine lets storage be on its own loopback, where a test has its servers. */
  storageOnLoopback?: boolean
  stateDir?: string
  port?: number
  /** Run as this user and not as the one that runs the tests, who must be root. */
  uid?: number
  /** As where root has cloned it below /root: checkout and state lie in a directory that only root may pass. */
  isClosed?: boolean
}

/** A Holdfast of our own, started with the README's command in a state directory of its own. */
export class Product {
  readonly stateDir: string
  /** What `dispose` removes. */
  readonly #home: string
  readonly port: number
  readonly url: string
  readonly env: Variables
  readonly #tenant: Tenant | undefined
  token = ''

  private constructor(home: string, stateDir: string, port: number, extra: Variables, tenant: Tenant | undefined) {
    this.#home = home
    this.#tenant = tenant
    this.stateDir = stateDir
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    const { NODE_ENV: _mode, VITEST: _vitest, ...outer } = process.env
    this.env = { ...outer, HOLDFAST_STATE_DIR: stateDir, HOLDFAST_PORT: String(port), ...extra }
  }

  static async create(options: ProductOptions = {}): Promise<Product> {
    const home = options.stateDir ?? (await mkdtemp(path.join(tmpdir(), 'holdfast-e2e-')))
    const stateDir = options.isClosed ? path.join(home, 'state') : home
    const isMoved = options.isClosed || options.uid !== undefined
    const tenant = isMoved ? { uid: options.uid, checkout: path.join(home, 'checkout') } : undefined
    if (tenant) await mkdir(tenant.checkout)
    if (options.uid !== undefined) await chown(home, options.uid, options.uid)
    const policy = options.storageOnLoopback ? await allowLoopback(home) : {}
    return new Product(home, stateDir, options.port ?? (await freePorts()), { ...policy, ...options.env }, tenant)
  }

  /** `npm start -- --detach`, or with other arguments. The outcome's stderr holds what a person would read. */
  async start(args = ['--detach']): Promise<Outcome> {
    return runScript('start.mjs', args, this.env, '', this.#tenant)
  }

  cli(args: string[], input = ''): Promise<Outcome> {
    return runScript('holdfast.mjs', args, this.env, input, this.#tenant)
  }

  /** An administrator's API token for the following requests. */
  async signIn(): Promise<void> {
    const made = await this.cli(['token', 'create', '--role', 'admin', '--name', 'e2e'])
    if (made.code !== 0) throw new Error(`token create failed: ${made.stderr}`)
    this.token = made.stdout.trim()
  }

  async request<T = unknown>(
    method: string,
    pathname: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; body: T }> {
    const response = await fetch(`${this.url}${pathname}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T }
  }

  async stop(): Promise<Outcome> {
    return this.cli(['stop'])
  }

  /** Pid of one of the processes, found among the supervisor's children. */
  async pid(name: 'web' | 'controller' | 'agent'): Promise<number> {
    const record = JSON.parse(await readFile(path.join(this.stateDir, 'run/supervisor.json'), 'utf8')) as {
      pid: number
    }
    const wanted = name === 'agent' ? 'holdfast-agent.mjs' : `dist/${name}.mjs`
    for (const line of (await sh('ps', ['-o', 'pid=,args=', '--ppid', String(record.pid)])).stdout.split('\n')) {
      if (line.includes(wanted)) return Number.parseInt(line, 10)
    }
    throw new Error(`the ${name} process does not run`)
  }

  async log(name: 'web' | 'controller' | 'agent' | 'supervisor'): Promise<string> {
    return readFile(path.join(this.stateDir, 'log', `${name}.log`), 'utf8').catch(() => '')
  }

  /** Stops what runs and removes the state directory. */
  async dispose(): Promise<void> {
    await this.stop()
    await rm(this.#home, { recursive: true, force: true })
  }
}

async function allowLoopback(directory: string): Promise<Variables> {
  const file = path.join(directory, 'agent-policy.json')
  await writeFile(file, JSON.stringify({ allow: { networks: ['127.0.0.0/8', '::1'] } }))
  return { HOLDFAST_AGENT_POLICY: file }
}

/** Runs a command of the machine; for looking at what the product did from outside. */
export function sh(file: string, args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.on('error', () => resolve({ code: 127, stdout, stderr }))
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
  })
}

/** Between two questions to something that takes long: each costs the product and an emulated guest what they need for the work itself. */
const LONGEST_PAUSE_MS = 400

/** Asks again until `check` answers something other than undefined; fails with `what` after the limit, which grows with the pace of the machine. */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  usualLimitMs = 30_000,
): Promise<T> {
  const limitMs = usualLimitMs * pace()
  const end = performance.now() + limitMs
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 1.2, LONGEST_PAUSE_MS)) {
    const answer = await check()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`not within ${limitMs / 1000} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
