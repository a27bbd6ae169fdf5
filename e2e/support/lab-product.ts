import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stateDir as labDir } from '@/e2e/lab/paths.mjs'
import { type Guest, type Lab, useLab } from '@/e2e/support/lab'
import { Product, runScript, until } from '@/e2e/support/product'
import type { BackendView } from '@/lib/backends/schema'
import { ERROR_CODES, type ErrorCode } from '@/lib/errors'
import type { HostRow, JoinInstructions } from '@/lib/hosts/schema'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import type { OperationView, TestResult } from '@/lib/operations/schema'

/** What one test file leaves for the next: all files of a run share one product. */
interface RunRecord {
  stateDir: string
  port: number
  token: string
  hostId: string
}

export interface MountChange {
  data: MountView
  operation: { id: string; status: string } | null
}

/** A body of the API that says why not. */
export interface ProblemBody {
  code: string
  detail: string
  problem?: string
  recovery?: string
  steps?: { id: string; status: string; problem?: string; advice?: string }[]
}

/** A Holdfast on this machine with the host guest in its fleet. */
export interface LabProduct {
  lab: Lab
  product: Product
  hostId: string
  /** Waits until the host has answered the controller. */
  untilOnline(limitMs?: number): Promise<HostRow>
  createBackend(name: string, type: string, config: Record<string, unknown>): Promise<BackendView>
  /** Creates a mount on the host guest; resolves when its operation has ended, well or not. */
  createMount(name: string, backendId: string, options?: Record<string, unknown>): Promise<MountChange>
  /** `mount`, `unmount` or `sync`, until the operation has ended; a failure is in the body. */
  act(id: string, action: 'mount' | 'unmount' | 'sync'): Promise<{ status: number; body: ProblemBody }>
  /** Tests a storage without saving it, from the host guest where no other host is named. */
  test(type: string, config: Record<string, unknown>, from?: string): Promise<TestResult>
  /** Values that the storage offers for a field, as seen from the host guest. */
  discover(type: string, discovery: string, config: Record<string, unknown>): Promise<string[]>
  operation(id: string): Promise<OperationView>
  /** The mount as the API shows it on the host guest. */
  onHost(id: string): Promise<MountOnHostView>
  /** Waits for a state; resolves to the milliseconds that it took. */
  untilState(id: string, state: MountOnHostView['state'], limitMs?: number): Promise<number>
  removeMount(id: string): Promise<void>
  /** The host guest's own view: the mountinfo lines of a path. */
  mountinfo(path: string): Promise<string[]>
  close(): Promise<void>
}

function recordFile(): string {
  return path.join(labDir(), 'product.json')
}

async function readRecord(): Promise<RunRecord | null> {
  try {
    return JSON.parse(await readFile(recordFile(), 'utf8')) as RunRecord
  } catch {
    return null
  }
}

/**
 * The lab with an enrolled host: the first file of a run starts the product and installs the agent as an administrator would;
 * later ones get the guests as they were then, and a product without the mounts of the file before.
 */
export async function useLabProduct(): Promise<LabProduct> {
  const { record, product } = await productOfThisRun()
  const lab = await useLab({
    name: 'enrolled',
    inputs: record.stateDir,
    async prepare(fresh) {
      // Guests that were made anew are another host; nobody can unmount anything on the one before.
      if (record.hostId !== '') await product.request('POST', `/api/v1/hosts/${record.hostId}/revoke`, {})
      await installAgent(fresh.host)
      record.hostId = await joinAgent(fresh.host, product)
      await handle(fresh, product, record.hostId).untilOnline()
      await writeFile(recordFile(), JSON.stringify(record), { mode: 0o600 })
    },
  })
  const fleet = handle(lab, product, record.hostId)
  // The guests have new ports after each start.
  const moved = await product.request('PATCH', `/api/v1/hosts/${record.hostId}`, { address: agentAddress(lab.host) })
  if (moved.status !== 200) throw new Error(`the host cannot be moved: ${JSON.stringify(moved.body)}`)
  await fleet.untilOnline()
  await clear(fleet)
  return fleet
}

async function productOfThisRun(): Promise<{ record: RunRecord; product: Product }> {
  const known = await readRecord()
  // Messages go to receivers of the tests.
  const env = { HOLDFAST_NOTIFIER_NETWORKS: '127.0.0.1' }
  const product = await Product.create({ ...known, env })
  if (known !== null) {
    product.token = known.token
    return { record: known, product }
  }
  try {
    const started = await product.start()
    if (started.code !== 0) throw new Error(started.stderr)
    await product.signIn()
  } catch (error) {
    await product.dispose()
    throw error
  }
  const { stateDir, port, token } = product
  const record: RunRecord = { stateDir, port, token, hostId: '' }
  // The guests of this lane, who would make the folder, come after the product.
  await mkdir(labDir(), { recursive: true })
  await writeFile(recordFile(), JSON.stringify(record), { mode: 0o600 })
  return { record, product }
}

/** At the end of a run: stops the product of the run, if there is one, and removes what it kept. */
export async function endLabProduct(): Promise<void> {
  const record = await readRecord()
  if (record === null) return
  await (await Product.create({ stateDir: record.stateDir, port: record.port })).dispose()
  await rm(recordFile(), { force: true })
}

/** Where the controller of this machine reaches the agent in a guest. */
export function agentAddress(guest: Guest): string {
  return `127.0.0.1:${guest.agentPort}`
}

/** Makes the archive that a user downloads; resolves to its path. Two at once would write the same file. */
export async function packageAgent(): Promise<string> {
  const packaged = await runScript('build-agent.mjs', ['--package'], process.env)
  if (packaged.code !== 0) throw new Error(packaged.stderr)
  return packaged.stdout.trim()
}

/** Unpacks the archive, and installs from there. */
export async function installAgent(guest: Guest): Promise<void> {
  const archive = process.env.HOLDFAST_LAB_AGENT ?? (await packageAgent())
  const remote = `/root/${path.basename(archive)}`
  await guest.copy(archive, remote)
  await guest.ok(`tar -xzf ${remote} -C /root && rm ${remote}`)
  await guest.ok('/root/holdfast-agent/holdfast-agent install && rm -r /root/holdfast-agent')
}

/** Joins with the command that the console shows; the fleet port is reached through a tunnel while this runs. */
export async function joinAgent(guest: Guest, product: Product): Promise<string> {
  const made = await product.request<{ data: JoinInstructions }>('POST', '/api/v1/hosts/enroll', {})
  if (made.status !== 201) throw new Error(`no join token: ${JSON.stringify(made.body)}`)
  const { command, url } = made.body.data
  const fleetPort = Number(new URL(url).port)
  const close = await guest.reverseTunnel(fleetPort, fleetPort)
  try {
    const said = await guest.ok(`${command} --advertise ${agentAddress(guest)}`)
    const hostId = / as (hst_\w+)/.exec(said)?.[1]
    if (hostId === undefined) throw new Error(`the host did not join: ${said}`)
    return hostId
  } finally {
    await close()
  }
}

/** Takes away every mount and backend, so that files do not see each other's. */
async function clear(fleet: LabProduct): Promise<void> {
  const { product } = fleet
  const mounts = await product.request<{ data: MountView[] }>('GET', '/api/v1/storage/mounts')
  await Promise.all(mounts.body.data.map((mount) => fleet.removeMount(mount.id)))
  const backends = await product.request<{ data: BackendView[] }>('GET', '/api/v1/storage/backends')
  for (const { id } of backends.body.data) await product.request('DELETE', `/api/v1/storage/backends/${id}`)
}

/** Closes every block storage. The guests of the next file have forgotten theirs, and the product would bring them back there. */
async function closeConnections({ product }: LabProduct): Promise<void> {
  const { body } = await product.request<{ data: BackendView[] }>('GET', '/api/v1/storage/backends')
  for (const { id, connections } of body.data) {
    const path = `/api/v1/storage/backends/${id}`
    for (const { host_id } of connections) {
      await product.request('POST', `${path}/disconnect`, { host_id }, { prefer: 'wait=30' })
    }
    await until(`${id} is closed`, async () => {
      const now = await product.request<{ data: BackendView }>('GET', path)
      return now.body.data.connections.length === 0 || undefined
    })
  }
}

function handle(lab: Lab, product: Product, hostId: string): LabProduct {
  const wait = { prefer: 'wait=30' }
  const ended = (id: string) =>
    until(
      `operation ${id} has ended`,
      async () => {
        const operation = await fleet.operation(id)
        return operation.finished_at === null ? undefined : operation
      },
      180_000,
    )
  const fleet: LabProduct = {
    lab,
    product,
    hostId,
    untilOnline(limitMs = 90_000) {
      return until(
        'the host guest is online',
        async () => {
          const asked = await product.request('POST', `/api/v1/hosts/${hostId}/refresh`, {}, wait)
          if (asked.status !== 200) return undefined
          const { body } = await product.request<{ data: HostRow }>('GET', `/api/v1/hosts/${hostId}`)
          return body.data.status === 'online' ? body.data : undefined
        },
        limitMs,
      )
    },
    async createBackend(name, type, config) {
      const made = await product.request<{ data: BackendView }>('POST', '/api/v1/storage/backends', {
        name,
        type,
        config,
      })
      if (made.status !== 201) throw new Error(`backend ${name}: ${JSON.stringify(made.body)}`)
      return made.body.data
    },
    async createMount(name, backendId, options = {}) {
      const body = { name, backend_id: backendId, host_ids: [hostId], ...options }
      const made = await product.request<MountChange>('POST', '/api/v1/storage/mounts', body, wait)
      if (made.status !== 201) throw new Error(`mount ${name}: ${JSON.stringify(made.body)}`)
      const { data, operation } = made.body
      return { data, operation: operation && (await ended(operation.id)) }
    },
    async act(id, action) {
      const path = `/api/v1/storage/mounts/${id}/${action}`
      const answer = await product.request<ProblemBody & { data: OperationView }>('POST', path, {}, wait)
      if (answer.status !== 202) return answer
      // No request waits longer than 30 s; the operation goes on.
      const { error } = await ended(answer.body.data.id)
      return error === null
        ? { status: 200, body: answer.body }
        : { status: ERROR_CODES[error.code as ErrorCode].status, body: { ...error, detail: error.message } }
    },
    async test(type, config, from = hostId) {
      const body = { type, config, host_id: from }
      const path = '/api/v1/storage/backends/test'
      const answer = await product.request<{ data: TestResult | OperationView }>('POST', path, body, wait)
      // A busy lab can take longer than a request waits.
      const { data } = answer.body
      if (answer.status === 202 && 'id' in data) {
        const { result, error } = await ended(data.id)
        if (result !== null) return result as TestResult
        throw new Error(`test of ${type}: ${JSON.stringify(error)}`)
      }
      if (answer.status !== 200 || !('steps' in data))
        throw new Error(`test of ${type}: ${JSON.stringify(answer.body)}`)
      return data
    },
    async discover(type, discovery, config) {
      const body = { type, discovery, config, host_id: hostId }
      const answer = await product.request<{ data: { choices: { value: string }[] } }>(
        'POST',
        '/api/v1/storage/backends/discover',
        body,
        wait,
      )
      if (answer.status !== 200) throw new Error(`discovery of ${discovery}: ${JSON.stringify(answer.body)}`)
      return answer.body.data.choices.map((choice) => choice.value)
    },
    async operation(id) {
      return (await product.request<{ data: OperationView }>('GET', `/api/v1/operations/${id}`)).body.data
    },
    async onHost(id) {
      const { body } = await product.request<{ data: MountView }>('GET', `/api/v1/storage/mounts/${id}`)
      const found = body.data.hosts.find((row) => row.host_id === hostId)
      if (found === undefined) throw new Error(`mount ${id} is not on the host guest`)
      return found
    },
    async untilState(id, state, limitMs = 60_000) {
      const started = performance.now()
      let last = ''
      const look = async () => {
        const row = await fleet.onHost(id)
        last = `${row.state} (${row.error ?? 'no error'})`
        return row.state === state || undefined
      }
      await until(`mount ${id} is ${state}`, look, limitMs).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${last}`)
      })
      return performance.now() - started
    },
    async removeMount(id) {
      await product.request('DELETE', `/api/v1/storage/mounts/${id}`, undefined, wait)
      await until(`mount ${id} is gone`, async () => {
        const { status } = await product.request('GET', `/api/v1/storage/mounts/${id}`)
        return status === 404 || undefined
      })
    },
    async mountinfo(target) {
      const found = await lab.host.exec(`grep -F ' ${target} ' /proc/self/mountinfo`)
      return found.stdout.split('\n').filter((line) => line !== '')
    },
    async close() {
      await closeConnections(fleet)
      await lab.close()
    },
  }
  return fleet
}
