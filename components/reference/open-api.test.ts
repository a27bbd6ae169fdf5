import { expect, it } from 'vitest'
import { ROUTES } from '@/app/api/v1/openapi.json/route-list'
import { endpointsOf, matches, type OpenApi, refusalsOf } from '@/components/reference/open-api'
import { openApiDocument } from '@/lib/http/openapi'

const DOCUMENT = openApiDocument(ROUTES, 'https://holdfast.example') as unknown as OpenApi
const ENDPOINTS = endpointsOf(DOCUMENT)

function endpoint(method: string, path: string) {
  const found = ENDPOINTS.find((one) => one.method === method && one.path === path)
  if (!found) throw new Error(`${method} ${path}`)
  return found
}

it('has one group after the other, those of other products last', () => {
  const groups = ENDPOINTS.map(({ group }) => group)
  const inTurn = groups.filter((group, index) => group !== groups[index - 1])
  expect(inTurn).toEqual([...new Set(groups)])
  expect(inTurn.at(0)).toBe('backends')
  expect(inTurn.at(-1)).toBe('wolfstack')
})

it('has an address for each operation that no other has', () => {
  expect(new Set(ENDPOINTS.map(({ id }) => id)).size).toBe(ENDPOINTS.length)
})

it('says of every operation how it is refused and what to do then', () => {
  for (const one of ENDPOINTS) {
    const refusals = refusalsOf(one, DOCUMENT)
    expect(refusals.length, one.id).toBeGreaterThan(0)
    for (const { status, codes } of refusals) expect(codes.length, `${one.id} ${status}`).toBeGreaterThan(0)
  }
  const stale = refusalsOf(endpoint('patch', '/api/v1/storage/mounts/{id}'), DOCUMENT).find(
    ({ status }) => status === '412',
  )
  expect(stale?.codes.map(({ code }) => code)).toContain('precondition_failed')
})

it('is searched by all words, in any order', () => {
  const unmount = endpoint('post', '/api/v1/storage/mounts/{id}/unmount')
  expect(matches(unmount, 'unmount post')).toBe(true)
  expect(matches(unmount, 'unmount get')).toBe(false)
  expect(matches(unmount, '')).toBe(true)
})
