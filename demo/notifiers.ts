import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DemoApi } from '@/demo/api'
import type { PrismaClient } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { DAY_MS, MINUTE_MS } from '@/lib/monitoring/steps'
import type { NotifierView } from '@/lib/notifiers/schema'

/** Takes the messages of the demo, on this machine alone. */
export interface DemoReceiver {
  url: string
  stop(): Promise<void>
}

export async function startReceiver(): Promise<DemoReceiver> {
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{"status":"queued"}'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/holdfast`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** One notifier that is well, one that comes second and is quiet at night, and one whose mail server is gone. */
export async function makeNotifiers(api: DemoApi, { url }: DemoReceiver): Promise<NotifierView[]> {
  const night = { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin', critical_passes: true }
  const mail = {
    server: '127.0.0.1',
    port: 1,
    security: 'none',
    from: 'holdfast@example.com',
    to: 'storage@example.com',
  }
  return Promise.all([
    api.post<NotifierView>('/notifiers', {
      name: 'On call',
      type: 'webhook',
      config: { url, signing_key: 'a-signing-key-of-the-demo' },
      rules: { remind_hours: 4 },
    }),
    api.post<NotifierView>('/notifiers', {
      name: 'Team lead',
      type: 'webhook',
      config: { url: `${url}/second` },
      rules: { min_severity: 'critical', after_minutes: 30, quiet_hours: night },
    }),
    api.post<NotifierView>('/notifiers', { name: 'Storage team', type: 'email', config: mail }),
  ])
}

/** Its own receiver waits for pings too, and nobody is told when they stay away. */
export async function makeHeartbeat(api: DemoApi, { url }: DemoReceiver): Promise<void> {
  await api.finish('PUT', '/system/heartbeat', { url: `${url}/ping`, every_minutes: 1 })
}

/** What was sent about the alerts of the past: all by the first notifier, and one that the last one gave up. */
export async function fillDeliveries(
  prisma: PrismaClient,
  notifiers: readonly Pick<NotifierView, 'id'>[],
  now: Date,
): Promise<void> {
  const [onCall, , mail] = notifiers
  if (!onCall || !mail) return
  const alerts = await prisma.alert.findMany({ where: { clearedAt: { not: null } }, orderBy: { id: 'asc' } })
  for (const { id: alertId, severity, title, openedAt, clearedAt } of alerts) {
    if (openedAt === null || clearedAt === null) continue
    const told = { notifierId: onCall.id, alertId, severity, title, status: 'sent', attempts: 1 }
    for (const [event, at] of [
      ['opened', openedAt],
      ['cleared', clearedAt],
    ] as const) {
      const key = `${onCall.id} ${alertId} ${event === 'opened' ? severity : 'over'}`
      const times = { createdAt: at, dueAt: at, endedAt: new Date(at.getTime() + 900) }
      const answer = 'HTTP 200: {"status":"queued"}'
      await prisma.delivery.create({
        data: { ...told, ...times, id: newId('delivery', at.getTime()), event, key, answer },
      })
    }
  }
  const latest = alerts.at(-1)
  if (!latest?.openedAt) return
  const { id: alertId, severity, title, openedAt } = latest
  const answer = '127.0.0.1 port 1: nothing listens there (ECONNREFUSED)'
  await prisma.delivery.create({
    data: {
      id: newId('delivery', openedAt.getTime()),
      notifierId: mail.id,
      alertId,
      event: 'opened',
      severity,
      title,
      key: `${mail.id} ${alertId} ${severity}`,
      createdAt: openedAt,
      dueAt: openedAt,
      status: 'failed',
      attempts: 11,
      endedAt: new Date(Math.min(openedAt.getTime() + DAY_MS, now.getTime() - MINUTE_MS)),
      answer,
    },
  })
  await prisma.notifier.update({
    where: { id: mail.id },
    data: { failedSince: openedAt, lastError: answer },
  })
  await prisma.notifier.update({ where: { id: onCall.id }, data: { sentAt: latest.clearedAt } })
}
