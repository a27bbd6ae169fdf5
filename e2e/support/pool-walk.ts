import { type Product, until } from '@/e2e/support/product'
import type { OperationView } from '@/lib/operations/schema'
import type { PoolView } from '@/lib/pools/schema'
import type { VolumeView } from '@/lib/volumes/schema'

/** A body of the API that says why not. */
export interface Refusal {
  code: string
  detail: string
  fields?: { field: string; message: string }[]
}

/** A creation answers with the volume and its operation, every other change with the operation. */
interface Accepted {
  data: { id: string }
  operation?: { id: string }
}

/** Pools and volumes over the API of a running product. */
export class PoolWalk {
  readonly #product: Product

  constructor(product: Product) {
    this.#product = product
  }

  async createPool(name: string, backendId: string, more: Record<string, unknown> = {}): Promise<PoolView> {
    const body = { name, backend_id: backendId, ...more }
    const made = await this.#product.request<{ data: PoolView }>('POST', '/api/v1/storage/pools', body)
    if (made.status >= 300) throw new Error(`pool ${name}: ${JSON.stringify(made.body)}`)
    return this.untilReady(made.body.data.id)
  }

  async pool(id: string): Promise<PoolView> {
    return (await this.#product.request<{ data: PoolView }>('GET', `/api/v1/storage/pools/${id}`)).body.data
  }

  async untilReady(id: string): Promise<PoolView> {
    let last: PoolView | undefined
    const look = async () => {
      last = await this.pool(id)
      return last.phase === 'READY' || last.phase === 'ERROR' ? last : undefined
    }
    const seen = await until(`pool ${id} is ready`, look, 120_000).catch((error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(last)}`)
    })
    if (seen.phase === 'ERROR') throw new Error(`pool ${id} could not be opened: ${JSON.stringify(seen.hosts)}`)
    return seen
  }

  async volume(id: string): Promise<VolumeView> {
    return (await this.#product.request<{ data: VolumeView }>('GET', `/api/v1/volumes/${id}`)).body.data
  }

  /** Asks for a change and waits for its end. Throws with the words of the failure. Resolves to the id in the answer. */
  async change(method: string, path: string, body?: unknown): Promise<string> {
    const asked = await this.#product.request<Accepted>(method, path, body, { prefer: 'respond-async' })
    if (asked.status !== 202) throw new Error(`${method} ${path}: ${asked.status} ${JSON.stringify(asked.body)}`)
    const { data, operation = data } = asked.body
    const ended = await this.untilEnded(operation.id)
    if (ended.status !== 'succeeded') throw new Error(`${method} ${path}: ${JSON.stringify(ended.error)}`)
    return data.id
  }

  /** The same for one that must be refused, at once or by the host. Resolves to the words. */
  async refused(method: string, path: string, body?: unknown): Promise<string> {
    const asked = await this.#product.request<Accepted & Refusal>(method, path, body, { prefer: 'respond-async' })
    if (asked.status !== 202) return `${asked.body.code}: ${asked.body.detail}`
    const { data, operation = data } = asked.body
    const ended = await this.untilEnded(operation.id)
    if (ended.status === 'succeeded') throw new Error(`${method} ${path} was done`)
    return `${ended.error?.code}: ${ended.error?.message}`
  }

  untilEnded(operationId: string): Promise<OperationView> {
    const path = `/api/v1/operations/${operationId}`
    const ended = async () => {
      const { body } = await this.#product.request<{ data: OperationView }>('GET', path)
      return body.data.finished_at === null ? undefined : body.data
    }
    return until(`operation ${operationId} has ended`, ended, 180_000)
  }

  async create(poolId: string, name: string, more: Record<string, unknown>): Promise<VolumeView> {
    return this.volume(await this.change('POST', `/api/v1/storage/pools/${poolId}/volumes`, { name, ...more }))
  }

  /** Deletes a volume for good, which only one in the trash can be, and one that nothing useful is left of. */
  async purge({ id, phase = 'READY' }: { id: string; phase?: VolumeView['phase'] }): Promise<void> {
    if (phase === 'READY') await this.change('DELETE', `/api/v1/volumes/${id}`)
    await this.change('DELETE', `/api/v1/volumes/${id}?purge=true`)
  }

  /** All pools that there are, with everything in them. */
  async removeAll(): Promise<void> {
    const { body } = await this.#product.request<{ data: PoolView[] }>('GET', '/api/v1/storage/pools')
    for (const { id } of body.data) await this.remove(id)
  }

  /** Deletes every volume for good, then the pool. */
  async remove(poolId: string): Promise<void> {
    const path = `/api/v1/volumes?pool_id=${poolId}&phase=READY,TRASHED,MISSING,ERROR&sort=-created`
    // Clones, which are newer, go before what they come from.
    const { body } = await this.#product.request<{ data: VolumeView[] }>('GET', path)
    for (const volume of body.data) await this.purge(volume)
    await this.#product.request('DELETE', `/api/v1/storage/pools/${poolId}`, undefined, { prefer: 'wait=30' })
    await until(`pool ${poolId} is gone`, async () => {
      const { status } = await this.#product.request('GET', `/api/v1/storage/pools/${poolId}`)
      return status === 404 || undefined
    })
  }
}
