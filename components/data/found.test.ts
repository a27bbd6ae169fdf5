import { afterEach, expect, it, vi } from 'vitest'
import AuditPage from '@/app/(console)/audit/page'
import HealthPage from '@/app/(console)/settings/health/page'
import MeasuringPage from '@/app/(console)/settings/measuring/page'
import RetentionPage from '@/app/(console)/settings/retention/page'
import TokensPage from '@/app/(console)/settings/tokens/page'
import UsersPage from '@/app/(console)/settings/users/page'
import { permissionsOf } from '@/lib/auth/permissions'
import config from '@/next.config.mjs'

vi.mock('@/lib/auth/page-actor', () => ({
  pageActor: async () => ({
    kind: 'user',
    id: 'usr_1',
    name: 'vera',
    role: 'viewer',
    permissions: new Set(permissionsOf('viewer')),
  }),
}))
afterEach(() => vi.unstubAllEnvs())

it.each([
  ['the audit', () => AuditPage({ searchParams: Promise.resolve({}) })],
  ['users', UsersPage],
  ['tokens', TokensPage],
  ['health', HealthPage],
  ['measuring', MeasuringPage],
  ['retention', RetentionPage],
])('tells a viewer that they may not see %s, and does not fail', async (_what, page) => {
  // What Next makes of the setting.
  vi.stubEnv('__NEXT_EXPERIMENTAL_AUTH_INTERRUPTS', config.experimental?.authInterrupts ? 'true' : '')
  await expect(page()).rejects.toMatchObject({ digest: 'NEXT_HTTP_ERROR_FALLBACK;403' })
})
