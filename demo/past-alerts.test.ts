import { describe, expect, it } from 'vitest'
import { GET as readOne } from '@/app/api/v1/alerts/[id]/route'
import { GET as readAll } from '@/app/api/v1/alerts/route'
import { fillPastAlerts } from '@/demo/past-alerts'
import { AlertDetail, AlertView } from '@/lib/alerts/schema'
import { list } from '@/lib/http/envelope'
import { useTestApi } from '@/testing/api'
import { useTestDatabase } from '@/testing/database'
import { makeBackend, makeHost } from '@/testing/factories'

describe('the demo', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)

  it('has alerts that are over, each as the API tells it', async () => {
    const { prisma } = database
    for (let at = 0; at < 8; at++) await Promise.all([makeHost(prisma), makeBackend(prisma)])
    await fillPastAlerts(prisma, new Date())
    const { body } = await api.call('viewer', readAll, 'GET')
    const { data: alerts } = list(AlertView).parse(body)
    expect(alerts.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'clock cleared',
      'storage cleared',
      'host_away cleared',
      'capacity cleared',
    ])
    const [, , away] = alerts
    const detail = (await api.call('viewer', readOne, 'GET', { params: { id: away?.id ?? '' } })).data(AlertDetail)
    expect(detail.events.map(({ kind, by }) => [kind, by])).toEqual([
      ['opened', null],
      ['acknowledged', 'demo'],
      ['cleared', null],
    ])
    expect(detail.reach.hosts).toEqual({ total: 1, first: [{ id: detail.subject.id, name: detail.subject.name }] })
  })
})
