import { expect, test } from '@playwright/test'
import { lookHere } from '@/e2e/console/support/look'
import { productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { makeThings, removeThings, type Things } from '@/e2e/console/support/things'
import { pace } from '@/e2e/lab/pace.mjs'

test.use({ storageState: SIGNED_IN })

/** How the pages are opened; the other theme is put on them afterwards. */
const LOOKS = [
  { width: 1440, height: 900, theme: 'light' },
  { width: 390, height: 844, theme: 'dark' },
] as const

function pagesOf({ backend, host, operation, mount, pool, volume, notifier }: Things): Record<string, string> {
  return {
    overview: '/',
    alerts: '/alerts',
    'alerts-past': '/alerts?tab=past',
    'alerts-rules': '/alerts?tab=rules',
    'alerts-maintenance': '/alerts?tab=maintenance',
    monitoring: '/monitoring',
    backends: '/backends',
    'backends-new': '/backends/new',
    'backends-new-nfs': '/backends/new?type=nfs',
    'backends-new-s3': '/backends/new?type=s3',
    backend: `/backends/${backend}`,
    'backend-mounts': `/backends/${backend}?tab=mounts`,
    'backend-users': `/backends/${backend}?tab=users`,
    'backend-history': `/backends/${backend}?tab=history`,
    'backend-settings': `/backends/${backend}?tab=settings`,
    'backend-raw': `/backends/${backend}?tab=raw`,
    'backend-edit': `/backends/${backend}/edit`,
    pools: '/pools',
    'pools-new': `/pools/new?backend=${backend}`,
    pool: `/pools/${pool}`,
    'pool-volumes': `/pools/${pool}?tab=volumes`,
    'pool-foreign': `/pools/${pool}?tab=foreign`,
    'pool-history': `/pools/${pool}?tab=history`,
    'pool-settings': `/pools/${pool}?tab=settings`,
    'pool-raw': `/pools/${pool}?tab=raw`,
    volumes: '/volumes',
    'volumes-trash': '/volumes/trash',
    ...(volume
      ? {
          volume: `/volumes/${volume}`,
          'volume-snapshots': `/volumes/${volume}?tab=snapshots`,
          'volume-attach': `/volumes/${volume}?tab=attach`,
          'volume-users': `/volumes/${volume}?tab=users`,
          'volume-settings': `/volumes/${volume}?tab=settings`,
          'volume-raw': `/volumes/${volume}?tab=raw`,
        }
      : {}),
    mounts: '/mounts',
    'monitoring-reachability': '/monitoring/reachability',
    'mounts-placement': '/mounts/placement',
    'mounts-new': `/mounts/new?backend=${backend}`,
    mount: `/mounts/${mount}`,
    'mount-users': `/mounts/${mount}?tab=users`,
    'mount-history': `/mounts/${mount}?tab=history`,
    'mount-settings': `/mounts/${mount}?tab=settings`,
    'mount-raw': `/mounts/${mount}?tab=raw`,
    hosts: '/hosts',
    'hosts-add': '/hosts?add=1',
    host: `/hosts/${host}`,
    'host-mounts': `/hosts/${host}?tab=mounts`,
    'host-workloads': `/hosts/${host}?tab=workloads`,
    'host-settings': `/hosts/${host}?tab=settings`,
    'host-raw': `/hosts/${host}?tab=raw`,
    'host-history': `/hosts/${host}?tab=history`,
    workloads: '/workloads',
    operations: '/operations',
    ...(operation ? { operation: `/operations/${operation}` } : {}),
    audit: '/audit',
    help: '/help',
    'help-agent': '/help/agent',
    'help-workloads': '/help/workloads',
    'help-api': '/help/api',
    settings: '/settings',
    'settings-account': '/settings/account',
    'settings-appearance': '/settings/appearance',
    'settings-users': '/settings/users',
    'settings-tokens': '/settings/tokens',
    'settings-notifiers': '/settings/notifiers',
    'settings-notifier': `/settings/notifiers/${notifier}`,
    'settings-measuring': '/settings/measuring',
    'settings-retention': '/settings/retention',
    'settings-health': '/settings/health',
    'api-reference': '/api-reference',
    'not-found': '/backends/bkd_00000000000000000000000000',
    'no-such-page': '/no/such/page',
  }
}

let made: Things

test.beforeAll(async ({ playwright }) => {
  made = await makeThings(playwright, {
    backend: 'Storage that nobody has, under a name that no table was made for',
    mount: 'every-page',
  })
})
test.afterAll(({ playwright }) => removeThings(playwright, made))

for (const { width, height, theme } of LOOKS) {
  test(`every page at ${width} px: fits, has no error, and axe finds nothing in either theme`, async ({
    page,
    context,
  }) => {
    test.setTimeout(300_000 * pace())
    await page.setViewportSize({ width, height })
    await context.addCookies([{ name: 'holdfast-look-theme', value: theme, url: productUrl() }])
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(`${page.url()}: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('404')) errors.push(`${page.url()}: ${message.text()}`)
    })
    for (const [name, address] of Object.entries(pagesOf(made))) {
      await page.goto(productUrl() + address, { waitUntil: 'load' })
      // An open dialog hides the page behind it from assistive technology.
      if (name === 'hosts-add') await page.getByRole('dialog').getByText('Waiting for the host').waitFor()
      else await page.getByRole('heading', { level: 1 }).waitFor()
      if (name === 'api-reference') await page.getByRole('heading', { name: 'Backends', exact: true }).waitFor()
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
      await lookHere(page, name, { isPage: true, theme })
    }
    expect(errors).toEqual([])
  })
}
