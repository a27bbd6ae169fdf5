import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { PATCH } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as create } from '@/app/api/v1/storage/backends/route'
import { BackendView } from '@/lib/backends/schema'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import type { TestDatabaseHandle } from '@/testing/database'
import type { FakeAgent } from '@/testing/fake-agent'

export const NFS = { server: 'nas.example.com', export_path: '/export/media' }
export const S3 = {
  provider: 'Minio',
  endpoint: 'http://127.0.0.1:9000',
  bucket: 'media',
  access_key_id: 'canary-key-id',
}
export const SECRET = 'canary-secret-key-of-a-test'

/** Backends by the API, and a host that tests them: one with the secret `wrong` fails. For the tests of one block. */
export function useBackends(database: TestDatabaseHandle) {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let agent: FakeAgent | undefined
  const host = async () => {
    agent ??= await fleet().addHost({
      handlers: {
        testBackend: async ({ backend }, call) => {
          if (backend.secrets.secret_access_key === 'wrong') {
            const step = {
              id: 'authentication',
              title: 'Authentication',
              status: 'failed',
              durationMs: 1,
              advice: 'Replace the key.',
            } as const
            call.step(step)
            return { success: false, steps: [step], usage: null }
          }
          return {
            success: true,
            steps: [{ id: 'name', title: 'Name', status: 'passed', durationMs: 1 }],
            usage: { totalBytes: 1000, usedBytes: 10, availableBytes: 990, fileCount: null },
          }
        },
      },
    })
    await expect.poll(() => database.prisma.host.count({ where: { observedStatus: 'online' } })).toBe(1)
    return agent
  }
  const post = (body: unknown) => api.call('operator', create, 'POST', { body })
  const make = async (name: string, type = 'nfs', config: unknown = NFS) =>
    (await post({ name, type, config })).data(BackendView)
  const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    api.call('operator', PATCH, 'PATCH', { params: { id }, body, headers })
  /** All bytes of the database, or of the tables that could hold a secret. */
  async function everythingStored(): Promise<string> {
    const location = parseDatabaseUrl(database.url)
    if (location.provider === 'sqlite') {
      return ['', '-wal'].map((end) => readFileSync(`${location.path}${end}`, 'latin1')).join('')
    }
    const { backend, backendSecret, operation, auditEntry, idempotencyKey } = database.prisma
    const tables = [backend, backendSecret, operation, auditEntry, idempotencyKey] as {
      findMany(): Promise<unknown[]>
    }[]
    return JSON.stringify(await Promise.all(tables.map((table) => table.findMany())), (_key, value) =>
      typeof value === 'bigint' ? Number(value) : value,
    )
  }
  return { api, host, post, make, patch, everythingStored }
}
