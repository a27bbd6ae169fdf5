import { type APIRequestContext, expect, type PlaywrightWorkerArgs } from '@playwright/test'
import { productUrl, SIGNED_IN } from '@/e2e/console/support/run'

type Playwright = PlaywrightWorkerArgs['playwright']

export interface Things {
  backend: string
  host: string
  operation: string | undefined
  mount: string
  /** On the same backend: it cannot be opened, so that its pages show an error too. */
  pool: string
  /** Of any pool that is there; without one there is none. */
  volume: string | undefined
  /** One that is switched off: nothing is sent. */
  notifier: string
}

async function asAdministrator<T>(
  playwright: Playwright,
  work: (request: APIRequestContext) => Promise<T>,
): Promise<T> {
  const request = await playwright.request.newContext({
    baseURL: productUrl(),
    storageState: SIGNED_IN,
    extraHTTPHeaders: { origin: productUrl() },
  })
  try {
    return await work(request)
  } finally {
    await request.dispose()
  }
}

/** Something to look at: a backend whose test fails, so that pages show an error too, and a mount of it. */
export function makeThings(playwright: Playwright, names: { backend: string; mount: string }): Promise<Things> {
  return asAdministrator(playwright, async (request) => {
    const created = await request.post('/api/v1/storage/backends', {
      data: { name: names.backend, type: 'local-dir', config: { path: '/srv/holdfast-e2e-is-not-there' } },
    })
    expect(created.status(), await created.text()).toBe(201)
    const backend = (await created.json()).data.id as string
    await request.post(`/api/v1/storage/backends/${backend}/test`, { data: {} })
    const hosts = await (await request.get('/api/v1/hosts')).json()
    const operations = await (await request.get('/api/v1/operations?limit=1')).json()
    const mount = await request.post('/api/v1/storage/mounts', {
      data: { name: names.mount, backend_id: backend, global: true, do_mount: false, on_drift: 'repair' },
    })
    expect(mount.status(), await mount.text()).toBe(201)
    const pool = await request.post('/api/v1/storage/pools', {
      headers: { prefer: 'respond-async' },
      // Whoever looks for the mount by its name finds nothing of the pool.
      data: { name: `p-${names.mount.replace(/^e2e-/, '')}`, backend_id: backend, targets: 'all' },
    })
    expect(pool.status(), await pool.text()).toBeLessThan(300)
    const volumes = await (await request.get('/api/v1/volumes?limit=1')).json()
    const notifier = await request.post('/api/v1/notifiers', {
      data: {
        name: `n-${names.mount.replace(/^e2e-/, '')}`,
        type: 'webhook',
        enabled: false,
        config: { url: 'https://hooks.example.com/a-path-that-is-longer-than-any-list-is-wide-on-a-phone' },
        rules: {
          min_severity: 'critical',
          kinds: ['storage', 'host_away'],
          host_labels: { role: 'db' },
          remind_hours: 4,
        },
      },
    })
    expect(notifier.status(), await notifier.text()).toBe(201)
    return {
      backend,
      host: hosts.data[0].id,
      operation: operations.data[0]?.id,
      mount: (await mount.json()).data.id,
      pool: (await pool.json()).data.id,
      volume: volumes.data[0]?.id,
      notifier: (await notifier.json()).data.id,
    }
  })
}

export function removeThings(playwright: Playwright, { mount, pool, backend, notifier }: Things): Promise<void> {
  return asAdministrator(playwright, async (request) => {
    await request.delete(`/api/v1/storage/pools/${pool}`, { headers: { prefer: 'wait=20' } })
    await request.delete(`/api/v1/storage/mounts/${mount}`, { headers: { prefer: 'wait=20' } })
    await request.delete(`/api/v1/storage/backends/${backend}`)
    await request.delete(`/api/v1/notifiers/${notifier}`)
  })
}
