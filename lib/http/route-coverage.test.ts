import { globSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ROUTES } from '@/app/api/v1/openapi.json/route-list'
import { ANONYMOUS } from '@/lib/auth/actor'
import { PERMISSIONS, permissionsOf } from '@/lib/auth/permissions'
import type { Route } from '@/lib/http/define-route'
import { HTTP_METHODS, type HttpMethod, openApiDocument, type RouteModule } from '@/lib/http/openapi'
import { bodyLimit } from '@/lib/server/guard'
import { WEB_LIMITS } from '@/lib/server/limits'
import type { Role } from '@/lib/users/schema'
import { useTestApi } from '@/testing/api'
import { useTestDatabase } from '@/testing/database'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** next-auth's own routes (sign-in is tested by itself), and the answer for paths that are no route. This list may only shrink. */
const NOT_DECLARED = ['app/api/auth/[...nextauth]/route.ts', 'app/api/[...path]/route.ts']

/** The least role that may call each route; `public` needs none. Changing a line here is a decision about access. */
const EXPECTED: Record<string, Role | 'public'> = {
  'GET /api/health/live': 'public',
  'GET /api/health/ready': 'public',
  'POST /api/v1/setup': 'public',
  'POST /api/v1/sign-in/passkey': 'public',
  'POST /api/v1/password-reset': 'public',
  'GET /api/storage/mounts': 'viewer',
  'POST /api/storage/mounts': 'operator',
  'GET /api/storage/mounts/{id}': 'viewer',
  'PUT /api/storage/mounts/{id}': 'operator',
  'DELETE /api/storage/mounts/{id}': 'operator',
  'POST /api/storage/mounts/{id}/mount': 'operator',
  'POST /api/storage/mounts/{id}/sync': 'operator',
  'POST /api/storage/mounts/{id}/unmount': 'operator',
  'GET /api/v1/account': 'viewer',
  'GET /api/v1/account/passkeys': 'viewer',
  'POST /api/v1/account/passkeys': 'viewer',
  'POST /api/v1/account/passkeys/options': 'viewer',
  'DELETE /api/v1/account/passkeys/{id}': 'viewer',
  'POST /api/v1/account/password': 'viewer',
  'GET /api/v1/account/views': 'viewer',
  'POST /api/v1/account/views': 'viewer',
  'PATCH /api/v1/account/views/{id}': 'viewer',
  'DELETE /api/v1/account/views/{id}': 'viewer',
  'GET /api/v1/alerts': 'viewer',
  'GET /api/v1/alerts/summary': 'viewer',
  'GET /api/v1/alert-rules': 'viewer',
  'GET /api/v1/alert-rules/{kind}': 'viewer',
  'PATCH /api/v1/alert-rules/{kind}': 'admin',
  'PUT /api/v1/alert-rules/{kind}/overrides/{subjectId}': 'operator',
  'DELETE /api/v1/alert-rules/{kind}/overrides/{subjectId}': 'operator',
  'GET /api/v1/alerts/{id}': 'viewer',
  'POST /api/v1/alerts/{id}/acknowledgement': 'operator',
  'DELETE /api/v1/alerts/{id}/acknowledgement': 'operator',
  'POST /api/v1/alerts/{id}/silence': 'operator',
  'GET /api/v1/silences': 'viewer',
  'POST /api/v1/silences': 'operator',
  'DELETE /api/v1/silences/{id}': 'operator',
  'GET /api/v1/attention': 'viewer',
  'POST /api/v1/attention/{id}/acknowledgement': 'operator',
  'DELETE /api/v1/attention/{id}/acknowledgement': 'operator',
  'POST /api/v1/account/recovery-codes': 'viewer',
  'GET /api/v1/account/second-factor': 'viewer',
  'POST /api/v1/account/totp': 'viewer',
  'DELETE /api/v1/account/totp': 'viewer',
  'POST /api/v1/account/totp/confirm': 'viewer',
  'GET /api/v1/audit': 'admin',
  'GET /api/v1/audit/verify': 'admin',
  'GET /api/v1/consoles': 'operator',
  'GET /api/v1/consoles/client': 'operator',
  'GET /api/v1/consoles/serial-log': 'operator',
  'POST /api/v1/consoles': 'operator',
  'DELETE /api/v1/consoles/{id}': 'operator',
  'POST /api/v1/consoles/{id}/control': 'operator',
  'GET /api/v1/events': 'viewer',
  'GET /api/v1/hosts': 'viewer',
  'POST /api/v1/hosts/enroll': 'admin',
  'GET /api/v1/hosts/{id}': 'viewer',
  'PATCH /api/v1/hosts/{id}': 'admin',
  'DELETE /api/v1/hosts/{id}': 'admin',
  'GET /api/v1/hosts/{id}/availability': 'viewer',
  'GET /api/v1/hosts/{id}/history': 'viewer',
  'GET /api/v1/hosts/{id}/existing-mounts': 'operator',
  'POST /api/v1/hosts/{id}/existing-mounts/adopt': 'operator',
  'POST /api/v1/hosts/{id}/install-tools': 'admin',
  'POST /api/v1/hosts/{id}/refresh': 'operator',
  'POST /api/v1/hosts/{id}/revoke': 'admin',
  'POST /api/v1/hosts/{id}/update-agent': 'admin',
  'GET /api/v1/installation/restored': 'viewer',
  'POST /api/v1/installation/restored/confirm': 'admin',
  'GET /api/v1/installation/sign-in-rules': 'admin',
  'PATCH /api/v1/installation/sign-in-rules': 'admin',
  'GET /api/v1/maintenance-windows': 'viewer',
  'POST /api/v1/maintenance-windows': 'operator',
  'GET /api/v1/maintenance-windows/{id}': 'viewer',
  'PATCH /api/v1/maintenance-windows/{id}': 'operator',
  'DELETE /api/v1/maintenance-windows/{id}': 'operator',
  'GET /api/v1/metrics': 'viewer',
  'GET /api/v1/monitoring/capacity': 'viewer',
  'GET /api/v1/monitoring/overview': 'viewer',
  'GET /api/v1/monitoring/reachability': 'viewer',
  'POST /api/v1/monitoring/reachability/checks': 'operator',
  'GET /api/v1/monitoring/reachability/settings': 'viewer',
  'PATCH /api/v1/monitoring/reachability/settings': 'admin',
  'GET /api/v1/monitoring/trends': 'viewer',
  'GET /api/v1/notifiers': 'operator',
  'POST /api/v1/notifiers': 'admin',
  'GET /api/v1/notifiers/{id}': 'operator',
  'PATCH /api/v1/notifiers/{id}': 'admin',
  'DELETE /api/v1/notifiers/{id}': 'admin',
  'GET /api/v1/notifiers/{id}/deliveries': 'operator',
  'POST /api/v1/notifiers/{id}/test': 'admin',
  'GET /api/v1/openapi.json': 'viewer',
  'GET /api/v1/operations': 'viewer',
  'GET /api/v1/operations/{id}': 'viewer',
  'POST /api/v1/operations/{id}/cancel': 'operator',
  'POST /api/v1/operations/{id}/resume': 'operator',
  'POST /api/v1/operations/{id}/rollback': 'operator',
  'GET /api/v1/repositories': 'viewer',
  'POST /api/v1/repositories': 'operator',
  'POST /api/v1/repositories/test': 'operator',
  'POST /api/v1/repositories/refresh-storage': 'operator',
  'GET /api/v1/repositories/{id}': 'viewer',
  'PATCH /api/v1/repositories/{id}': 'operator',
  'DELETE /api/v1/repositories/{id}': 'admin',
  'GET /api/v1/repositories/{id}/storage': 'operator',
  'GET /api/v1/repositories/{id}/leases': 'viewer',
  'POST /api/v1/repositories/{id}/leases': 'operator',
  'DELETE /api/v1/repositories/{id}/leases/{leaseId}': 'admin',
  'POST /api/v1/repositories/{id}/leases/{leaseId}/heartbeat': 'operator',
  'POST /api/v1/repositories/{id}/leases/{leaseId}/finish': 'operator',
  'GET /api/v1/search': 'viewer',
  'GET /api/v1/sessions': 'viewer',
  'DELETE /api/v1/sessions/{id}': 'viewer',
  'GET /api/v1/storage/backends': 'viewer',
  'POST /api/v1/storage/backends': 'operator',
  'POST /api/v1/storage/backends/discover': 'operator',
  'POST /api/v1/storage/backends/test': 'operator',
  'GET /api/v1/storage/backends/{id}': 'viewer',
  'PATCH /api/v1/storage/backends/{id}': 'operator',
  'DELETE /api/v1/storage/backends/{id}': 'operator',
  'GET /api/v1/storage/backends/{id}/forecast': 'viewer',
  'GET /api/v1/storage/backends/{id}/health': 'viewer',
  'GET /api/v1/storage/backends/{id}/metrics': 'viewer',
  'GET /api/v1/storage/backends/{id}/reachability': 'viewer',
  'POST /api/v1/storage/backends/{id}/duplicate': 'operator',
  'POST /api/v1/storage/backends/{id}/connect': 'operator',
  'POST /api/v1/storage/backends/{id}/disconnect': 'operator',
  'POST /api/v1/storage/backends/{id}/test': 'operator',
  'POST /api/v1/storage/import': 'operator',
  'POST /api/v1/storage/import-rclone': 'operator',
  'GET /api/v1/storage/mounts': 'viewer',
  'POST /api/v1/storage/mounts': 'operator',
  'GET /api/v1/storage/mounts/matrix': 'viewer',
  'GET /api/v1/storage/mounts/{id}': 'viewer',
  'GET /api/v1/storage/mounts/{id}/activity': 'viewer',
  'GET /api/v1/storage/mounts/{id}/metrics': 'viewer',
  'GET /api/v1/storage/pools': 'viewer',
  'POST /api/v1/storage/pools': 'operator',
  'GET /api/v1/storage/pools/summary': 'viewer',
  'GET /api/v1/storage/pools/{id}': 'viewer',
  'PATCH /api/v1/storage/pools/{id}': 'operator',
  'DELETE /api/v1/storage/pools/{id}': 'operator',
  'POST /api/v1/storage/pools/{id}/abandon': 'admin',
  'GET /api/v1/storage/pools/{id}/files': 'viewer',
  'GET /api/v1/storage/pools/{id}/files/download': 'operator',
  'GET /api/v1/storage/pools/{id}/foreign': 'viewer',
  'GET /api/v1/storage/pools/{id}/templates': 'viewer',
  'GET /api/v1/storage/pools/{id}/forecast': 'viewer',
  'GET /api/v1/storage/pools/{id}/metrics': 'viewer',
  'POST /api/v1/storage/pools/{id}/move-host': 'operator',
  'POST /api/v1/storage/pools/{id}/reconnect': 'operator',
  'GET /api/v1/storage/pools/{id}/snapshot-schedule': 'viewer',
  'PUT /api/v1/storage/pools/{id}/snapshot-schedule': 'operator',
  'DELETE /api/v1/storage/pools/{id}/snapshot-schedule': 'operator',
  'GET /api/v1/storage/pools/{id}/uploads': 'viewer',
  'POST /api/v1/storage/pools/{id}/uploads': 'operator',
  'GET /api/v1/storage/pools/{id}/uploads/{uploadId}': 'operator',
  'PATCH /api/v1/storage/pools/{id}/uploads/{uploadId}': 'operator',
  'DELETE /api/v1/storage/pools/{id}/uploads/{uploadId}': 'operator',
  'GET /api/v1/storage/pools/{id}/unknown-volumes': 'viewer',
  'DELETE /api/v1/storage/pools/{id}/unknown-volumes/{volumeId}': 'admin',
  'POST /api/v1/storage/pools/{id}/unknown-volumes/{volumeId}/take-in': 'operator',
  'GET /api/v1/storage/pools/{id}/volumes': 'viewer',
  'POST /api/v1/storage/pools/{id}/volumes': 'operator',
  'GET /api/v1/uses': 'viewer',
  'GET /api/v1/workloads': 'viewer',
  'POST /api/v1/workloads': 'operator',
  'POST /api/v1/workload-plans': 'operator',
  'POST /api/v1/machines': 'operator',
  'POST /api/v1/machine-plans': 'operator',
  'GET /api/v1/hosts/{id}/machine-offers': 'operator',
  'GET /api/v1/workloads/{id}': 'viewer',
  'DELETE /api/v1/workloads/{id}': 'operator',
  'GET /api/v1/workloads/{id}/clipboard': 'operator',
  'POST /api/v1/workloads/{id}/clipboard': 'operator',
  'GET /api/v1/workloads/{id}/console-settings': 'operator',
  'PATCH /api/v1/workloads/{id}/console-settings': 'admin',
  'GET /api/v1/workloads/{id}/disk-plan': 'operator',
  'POST /api/v1/workloads/{id}/disks': 'operator',
  'DELETE /api/v1/workloads/{id}/disks/{volumeId}': 'operator',
  'GET /api/v1/workloads/{id}/mount-plan': 'operator',
  'POST /api/v1/workloads/{id}/mounts': 'operator',
  'DELETE /api/v1/workloads/{id}/mounts/{attachmentId}': 'operator',
  'GET /api/v1/workloads/{id}/mounts/{attachmentId}/plan': 'operator',
  'POST /api/v1/workloads/{id}/power': 'operator',
  'GET /api/v1/volumes': 'viewer',
  'GET /api/v1/volumes/{id}': 'viewer',
  'PATCH /api/v1/volumes/{id}': 'operator',
  'DELETE /api/v1/volumes/{id}': 'operator',
  'GET /api/v1/volumes/{id}/attach-info': 'viewer',
  'POST /api/v1/volumes/{id}/clone': 'operator',
  'POST /api/v1/volumes/{id}/copy': 'operator',
  'POST /api/v1/volumes/{id}/export': 'operator',
  'POST /api/v1/volumes/{id}/flatten': 'operator',
  'POST /api/v1/volumes/{id}/move': 'operator',
  'POST /api/v1/volumes/{id}/resize': 'operator',
  'POST /api/v1/volumes/{id}/restore-from-trash': 'operator',
  'GET /api/v1/volumes/{id}/snapshot-schedule': 'viewer',
  'PUT /api/v1/volumes/{id}/snapshot-schedule': 'operator',
  'DELETE /api/v1/volumes/{id}/snapshot-schedule': 'operator',
  'GET /api/v1/volumes/{id}/snapshots': 'viewer',
  'POST /api/v1/volumes/{id}/snapshots': 'operator',
  'DELETE /api/v1/volumes/{id}/snapshots/{snapshotId}': 'operator',
  'POST /api/v1/volumes/{id}/snapshots/{snapshotId}/restore': 'operator',
  'PATCH /api/v1/storage/mounts/{id}': 'operator',
  'DELETE /api/v1/storage/mounts/{id}': 'operator',
  'POST /api/v1/storage/mounts/{id}/abandon': 'admin',
  'POST /api/v1/storage/mounts/{id}/check': 'operator',
  'GET /api/v1/storage/mounts/{id}/consumers': 'viewer',
  'POST /api/v1/storage/mounts/{id}/duplicate': 'operator',
  'GET /api/v1/storage/mounts/{id}/history': 'viewer',
  'POST /api/v1/storage/mounts/{id}/hosts/{hostId}/adopt': 'operator',
  'PUT /api/v1/storage/mounts/{id}/hosts/{hostId}/overrides': 'operator',
  'DELETE /api/v1/storage/mounts/{id}/hosts/{hostId}/overrides': 'operator',
  'POST /api/v1/storage/mounts/{id}/mount': 'operator',
  'POST /api/v1/storage/mounts/{id}/sync': 'operator',
  'POST /api/v1/storage/mounts/{id}/unmount': 'operator',
  'POST /api/v1/storage/plans': 'viewer',
  'GET /api/v1/system/health': 'operator',
  'GET /api/v1/system/heartbeat': 'operator',
  'PUT /api/v1/system/heartbeat': 'admin',
  'DELETE /api/v1/system/heartbeat': 'admin',
  'POST /api/v1/system/heartbeat/test': 'admin',
  'GET /api/v1/system/retention': 'admin',
  'PATCH /api/v1/system/retention': 'admin',
  'GET /api/v1/system/sampling': 'admin',
  'PATCH /api/v1/system/sampling': 'admin',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/{id}': 'admin',
  'GET /api/v1/users': 'admin',
  'POST /api/v1/users': 'admin',
  'GET /api/v1/users/{id}': 'admin',
  'PATCH /api/v1/users/{id}': 'admin',
  'DELETE /api/v1/users/{id}': 'admin',
  'POST /api/v1/users/{id}/password-reset': 'admin',
  'POST /api/v1/users/{id}/reset-second-factor': 'admin',
  'POST /api/v1/users/{id}/revoke-sessions': 'admin',
}

interface Found {
  name: string
  file: string
  url: string
  method: HttpMethod
  route: Route
}

const modules = new Map<string, RouteModule & Record<string, unknown>>()
for (const file of globSync('app/api/**/route.{ts,tsx,js,mjs}', { cwd: ROOT })) {
  modules.set(file, await import(path.join(ROOT, file)))
}
const found: Found[] = [...modules]
  .filter(([file]) => !NOT_DECLARED.includes(file))
  .flatMap(([file, module]) =>
    HTTP_METHODS.flatMap((method) => {
      const route = module[method]
      const url = path.dirname(file).replace(/^app/, '').replaceAll('[', '{').replaceAll(']', '}')
      return route ? [{ name: `${method} ${url}`, file, url, method, route }] : []
    }),
  )

function leastRole(permission: Route['declaration']['permission']): Role | 'public' | undefined {
  if (permission === 'public') return 'public'
  return (['viewer', 'operator', 'admin'] as const).find((role) => permissionsOf(role).has(permission))
}

describe('routes', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)
  const params = { id: 'none', hostId: 'none' }

  it('are all declared, with nothing else beside them', () => {
    expect(modules.size).toBeGreaterThan(30)
    for (const [file, module] of modules) {
      if (NOT_DECLARED.includes(file)) continue
      for (const [name, value] of Object.entries(module)) {
        expect(HTTP_METHODS, `${file} exports ${name}`).toContain(name)
        expect((value as Partial<Route>).declaration?.permission, `${file} ${name}`).toBeTypeOf('string')
      }
    }
  })

  it('need the roles that were decided', () => {
    expect(Object.fromEntries(found.map(({ name, route }) => [name, leastRole(route.declaration.permission)]))).toEqual(
      EXPECTED,
    )
  })

  it('get the body that they declare past the server, and no other path gets more than the ordinary limit', () => {
    const larger = found.filter(({ route }) => (route.declaration.maxBodyBytes ?? 0) > WEB_LIMITS.bodyBytes)
    expect(larger.length).toBeGreaterThan(0)
    for (const { url, route } of larger) expect(bodyLimit(WEB_LIMITS, url)).toBe(route.declaration.maxBodyBytes)
    const old = larger.map(({ url }) => url.replace('/api/v1/storage/', '/api/storage/'))
    expect(Object.keys(WEB_LIMITS.largerBodies).sort()).toEqual([...larger.map(({ url }) => url), ...old].sort())
  })

  it('are all in the list that the API reference is made of', () => {
    const listed = Object.entries(ROUTES).flatMap(([url, module]) =>
      Object.keys(module).map((method) => `${method} ${url}`),
    )
    expect([...listed, 'GET /api/v1/openapi.json'].sort()).toEqual(found.map(({ name }) => name).sort())
  })

  describe.each(found.filter(({ route }) => route.declaration.permission !== 'public'))(
    '$name',
    ({ method, route }) => {
      const permission = route.declaration.permission as (typeof PERMISSIONS)[number]
      const body = method === 'GET' ? undefined : {}
      const statusFor = async (as: Parameters<typeof api.call>[0], headers: Record<string, string> = {}) => {
        const aborted = await api.call(as, cancelled(route), method, { params, headers, ...(body ? { body } : {}) })
        return aborted.status
      }

      it('lets in exactly who may', async () => {
        expect(await statusFor('nobody')).toBe(401)
        for (const role of ['viewer', 'operator', 'admin'] as const) {
          const status = await statusFor(role)
          if (permissionsOf(role).has(permission)) expect([401, 403], role).not.toContain(status)
          else expect(status, role).toBe(403)
        }
      })

      it('asks for the scope of a token', async () => {
        const others = PERMISSIONS.filter((name) => name !== permission)
        const as = async (scopes: string[]) => ({ authorization: `Bearer ${await api.token('admin', scopes)}` })
        expect(await statusFor('nobody', await as(others))).toBe(403)
        expect([401, 403]).not.toContain(await statusFor('nobody', await as([permission])))
      })

      it('is refused by the service too, not only by the route', async () => {
        const call = {
          params,
          query: route.declaration.query?.safeParse({}).data,
          body: {},
          actor: ANONYMOUS,
          prefer: { waitMs: null, isAsync: true },
          ifMatch: undefined,
          signal: AbortSignal.abort(),
          headers: new Headers(),
        } as unknown as Parameters<typeof route.declaration.handle>[0]
        await expect(route.declaration.handle(call)).rejects.toMatchObject({ code: 'unauthenticated' })
      })
    },
  )

  it('are described by a document that is OpenAPI', () => {
    const document = openApiDocument(ROUTES, 'http://localhost') as {
      openapi: string
      paths: Record<
        string,
        Record<string, { responses: unknown; operationId: string; parameters?: { name: string }[] }>
      >
      components: { schemas: Record<string, unknown> }
    }
    expect(document.openapi).toBe('3.1.0')
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
    expect(operations.length).toBe(found.length - 1)
    expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(operations.length)
    const text = JSON.stringify(document)
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name)
    }
    expect(text).not.toContain('#/$defs/')
    for (const [url, item] of Object.entries(document.paths)) {
      for (const [, name] of url.matchAll(/\{(\w+)\}/g)) {
        for (const operation of Object.values(item)) expect(operation.parameters?.map((p) => p.name)).toContain(name)
      }
    }
    // The body of a new backend is described type by type.
    expect(text).toContain('export_path')
  })
})

/** Event streams never end by themselves. */
function cancelled(route: Route): Route {
  const run = async (...given: Parameters<Route>) => {
    const response = await route(...given)
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response
    await response.body?.cancel()
    return new Response(null, { status: response.status })
  }
  return Object.assign(run, { declaration: route.declaration })
}
