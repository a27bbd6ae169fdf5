import type { DemoApi } from '@/demo/api'
import type { AttentionView } from '@/lib/attention/schema'
import type { PrismaClient } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { DAY_MS, MINUTE_MS } from '@/lib/monitoring/steps'

interface Past {
  noun: 'backend' | 'host'
  /** Which of them, by name. */
  at: number
  kind: string
  severity: 'critical' | 'warning'
  what: string
  advice: string
  daysAgo: number
  minutes: number
  returns?: number
  /** Somebody acknowledged it, with this note. */
  note?: string
}

/** What was wrong before the demo began. */
const PAST: readonly Past[] = [
  {
    noun: 'backend',
    at: 0,
    kind: 'capacity',
    severity: 'critical',
    what: ' is 96 % full',
    advice: 'Free some space there, or make the storage larger.',
    daysAgo: 12,
    minutes: 610,
    note: 'Old exports are being moved away.',
  },
  {
    noun: 'host',
    at: 3,
    kind: 'host_away',
    severity: 'critical',
    what: ' does not answer',
    advice: 'Check power and network there, and that the agent runs: systemctl status holdfast-agent',
    daysAgo: 5,
    minutes: 42,
    note: 'New memory goes in.',
  },
  {
    noun: 'backend',
    at: 2,
    kind: 'storage',
    severity: 'warning',
    what: ': The storage does not answer.',
    advice: 'Check that the server runs, and the network between it and the host.',
    daysAgo: 2,
    minutes: 18,
    returns: 4,
  },
  {
    noun: 'host',
    at: 7,
    kind: 'clock',
    severity: 'warning',
    what: ' has a clock that is 3 min behind',
    advice: 'Set the clocks of both machines by NTP, such as with "timedatectl set-ntp true".',
    daysAgo: 1,
    minutes: 95,
  },
]

const NOBODY = { total: 0, first: [] }

/** Alerts that are over, with what became of them. */
export async function fillPastAlerts(prisma: PrismaClient, now: Date): Promise<void> {
  const named = { select: { id: true, name: true }, orderBy: { name: 'asc' } } as const
  const subjects = { backend: await prisma.backend.findMany(named), host: await prisma.host.findMany(named) }
  for (const { noun, at, daysAgo, minutes, what, note, returns = 0, ...columns } of PAST) {
    const subject = subjects[noun][at]
    if (!subject) continue
    const openedAt = new Date(now.getTime() - daysAgo * DAY_MS)
    const clearedAt = new Date(openedAt.getTime() + minutes * MINUTE_MS)
    const { severity } = columns
    const seenBy = new Date(openedAt.getTime() + 7 * MINUTE_MS)
    await prisma.alert.create({
      data: {
        ...columns,
        id: newId('alert', openedAt.getTime()),
        causeId: `cau_past_${noun}_${at}`,
        subjectKind: noun,
        subjectId: subject.id,
        subjectName: subject.name,
        title: `${subject.name}${what}`,
        reach: {
          hosts: NOBODY,
          mounts: NOBODY,
          backends: NOBODY,
          pools: NOBODY,
          volumes: NOBODY,
          [`${noun}s`]: { total: 1, first: [subject] },
        },
        firstSeenAt: new Date(openedAt.getTime() - MINUTE_MS / 2),
        openedAt,
        goneAt: clearedAt,
        clearedAt,
        returns,
        events: {
          create: [
            { at: openedAt, kind: 'opened', severity },
            ...(note === undefined ? [] : [{ at: seenBy, kind: 'acknowledged', severity, by: 'demo', note }]),
            { at: clearedAt, kind: 'cleared', severity },
          ],
        },
      },
    })
  }
}

const HOUR_MS = 3_600_000

/** Somebody works on what one trouble is about, and on one storage every week. */
export async function maintainOne(api: DemoApi, now: Date): Promise<void> {
  const { data } = await api.list<AttentionView['data'][number]>('/attention')
  const cause = data.find(({ subject, acknowledged }) => subject.kind === 'host' && acknowledged === null)
  if (cause?.subject.id) {
    const timing = {
      repeat: 'once',
      from: now.toISOString(),
      until: new Date(now.getTime() + 4 * HOUR_MS).toISOString(),
    }
    const subjects = [{ kind: 'host', id: cause.subject.id }]
    await api.post('/maintenance-windows', { reason: 'A new mainboard goes in.', subjects, timing })
  }
  const [backend] = (await api.list<{ id: string }>('/storage/backends')).data
  if (!backend) return
  const timing = { repeat: 'weekly', on: ['sunday'], at: '03:00', minutes: 120, time_zone: 'Europe/Vienna' }
  const subjects = [{ kind: 'backend', id: backend.id }]
  await api.post('/maintenance-windows', { reason: 'Updates of the storage.', subjects, timing })
}

/** Somebody has said of a warning that it may wait until tomorrow. */
export async function silenceOne(api: DemoApi, now: Date): Promise<void> {
  const { data } = await api.list<AttentionView['data'][number]>('/attention')
  const cause = data.find(({ severity, acknowledged }) => severity === 'warning' && acknowledged === null)
  if (!cause) return
  const until = new Date(now.getTime() + DAY_MS).toISOString()
  await api.post(`/attention/${cause.id}/acknowledgement`, { until, note: 'It can wait until tomorrow.' })
}
