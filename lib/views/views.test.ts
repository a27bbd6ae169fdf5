import { expect, it } from 'vitest'
import { PATCH as changeView, DELETE as deleteView } from '@/app/api/v1/account/views/[id]/route'
import { GET as listViews, POST as saveView } from '@/app/api/v1/account/views/route'
import { DELETE as deleteUser } from '@/app/api/v1/users/[id]/route'
import { SavedViewView } from '@/lib/views/schema'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

testDatabases('saved views', (database) => {
  const api = useTestApi(database)
  const FAILING = { list: 'mounts', name: 'Failing', query: 'status=error%2Cdegraded&sort=name.desc' }

  async function save(who: TestBrowser, body: Record<string, string> = FAILING) {
    const answer = await api.call(who, saveView, 'POST', { body })
    expect(answer.status, answer.text).toBe(201)
    return answer.data(SavedViewView)
  }

  async function namesOf(who: TestBrowser, query = ''): Promise<string[]> {
    const { body } = await api.call(who, listViews, 'GET', { query })
    return (body as { data: SavedViewView[] }).data.map(({ name }) => name)
  }

  it('belong to one person, a viewer too, and are listed by list and name', async () => {
    const viewer = await api.browser('viewer')
    const saved = await save(viewer)
    expect(saved).toMatchObject(FAILING)
    await save(viewer, { ...FAILING, name: 'all of S3', query: 'type=s3' })
    await save(viewer, { ...FAILING, list: 'hosts', name: 'Berlin' })
    expect(await namesOf(viewer)).toEqual(['all of S3', 'Berlin', 'Failing'])
    expect(await namesOf(viewer, 'list=mounts')).toEqual(['all of S3', 'Failing'])
    expect(await namesOf(await api.browser('admin'))).toEqual([])
    // The same person somewhere else.
    expect(await namesOf(await api.browser('viewer', viewer), 'list=hosts')).toEqual(['Berlin'])
  })

  it('are renamed, given other filters, and deleted', async () => {
    const viewer = await api.browser('viewer')
    const { id } = await save(viewer)
    const change = (body: object) => api.call(viewer, changeView, 'PATCH', { params: { id }, body })
    expect((await change({ name: 'In trouble' })).data(SavedViewView)).toMatchObject({ ...FAILING, name: 'In trouble' })
    expect((await change({ query: '?status=error' })).data(SavedViewView)).toMatchObject({
      name: 'In trouble',
      query: 'status=error',
    })
    expect((await api.call(viewer, deleteView, 'DELETE', { params: { id } })).status).toBe(200)
    expect(await namesOf(viewer)).toEqual([])
  })

  it('have one name each in a list', async () => {
    const viewer = await api.browser('viewer')
    await save(viewer)
    const { id } = await save(viewer, { ...FAILING, name: 'Other' })
    await save(viewer, { ...FAILING, list: 'hosts' })
    const again = await api.call(viewer, saveView, 'POST', { body: { ...FAILING, name: ' Failing ' } })
    const renamed = await api.call(viewer, changeView, 'PATCH', { params: { id }, body: { name: 'Failing' } })
    for (const answer of [again, renamed]) {
      expect(answer.status).toBe(409)
      expect(answer.problem().detail).toContain("You have a view 'Failing'")
    }
  })

  it('of somebody else are not there, whatever the role', async () => {
    const viewer = await api.browser('viewer')
    const admin = await api.browser('admin')
    const params = { id: (await save(viewer)).id }
    expect((await api.call(admin, changeView, 'PATCH', { params, body: { name: 'Mine' } })).status).toBe(404)
    expect((await api.call(admin, deleteView, 'DELETE', { params })).status).toBe(404)
    expect(await namesOf(viewer)).toEqual(['Failing'])
  })

  it('go with the person', async () => {
    const viewer = await api.browser('viewer')
    await save(viewer)
    expect((await api.call('admin', deleteUser, 'DELETE', { params: { id: viewer.userId } })).status).toBe(200)
    expect(await database.prisma.savedView.count({ where: { userId: viewer.userId } })).toBe(0)
  })

  it.each([
    [{ ...FAILING, name: ' ' }, 'name'],
    [{ ...FAILING, list: 'users' }, 'list'],
    [{ ...FAILING, query: 'q='.padEnd(2001, 'x') }, 'query'],
  ])('refuse %#', async (body, field) => {
    const answer = await api.call(await api.browser('viewer'), saveView, 'POST', { body })
    expect(answer.status).toBe(400)
    expect(answer.problem().fields?.[0]?.field).toBe(field)
  })

  it('cannot be saved by a token that belongs to nobody', async () => {
    expect((await api.call('viewer', saveView, 'POST', { body: FAILING })).status).toBe(403)
  })
})
