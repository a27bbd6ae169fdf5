import { createConfig, lintFromString } from '@redocly/openapi-core'
import { expect, it } from 'vitest'
import { ROUTES } from '@/app/api/v1/openapi.json/route-list'
import { openApiDocument } from '@/lib/http/openapi'

const DOCUMENT = openApiDocument(ROUTES, 'https://holdfast.example')

it('a linter finds nothing in the description of the API', async () => {
  const config = await createConfig({ extends: ['recommended-strict'] })
  const found = await lintFromString({ source: JSON.stringify(DOCUMENT), absoluteRef: 'openapi.json', config })
  expect(found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`)).toEqual([])
})

it('describes a filter with several values as a list with commas', () => {
  const { paths } = DOCUMENT as unknown as {
    paths: Record<string, { get?: { parameters?: { name: string; schema: object }[] } }>
  }
  const status = paths['/api/v1/storage/backends']?.get?.parameters?.find(({ name }) => name === 'status')
  expect(status).toMatchObject({
    style: 'form',
    explode: false,
    required: false,
    schema: { type: 'array', items: { enum: ['unknown', 'online', 'offline', 'error'] } },
  })
})

it('says of every operation how it may be refused', () => {
  const { paths, components } = DOCUMENT as unknown as {
    paths: Record<string, Record<string, { responses: Record<string, { $ref?: string }> }>>
    components: { responses: Record<string, { description: string }> }
  }
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
  )
  const without = operations.filter(({ responses }) => !Object.keys(responses).some((status) => status.startsWith('4')))
  expect(without.map(({ name }) => name)).toEqual([])
  expect(paths['/api/v1/storage/mounts/{id}']?.patch?.responses['412']).toEqual({
    $ref: '#/components/responses/PreconditionFailed',
  })
  expect(components.responses.PreconditionFailed?.description).toContain('`plan_outdated`: ')
})

it('describes a filter that takes several values as a list with commas', () => {
  const { paths } = DOCUMENT as unknown as {
    paths: Record<
      string,
      { get: { parameters: { name: string; schema: object; style?: string; explode?: boolean }[] } }
    >
  }
  const { parameters } = paths['/api/v1/storage/mounts']?.get ?? { parameters: [] }
  expect(parameters.find(({ name }) => name === 'status')).toMatchObject({
    schema: { type: 'array', items: { enum: expect.arrayContaining(['error', 'degraded']) } },
    style: 'form',
    explode: false,
  })
})

it('begins with what people need first, and ends with the paths of other products', () => {
  const { paths, tags } = DOCUMENT as unknown as {
    paths: Record<string, Record<string, { tags: string[] }>>
    tags: { name: string; description: string }[]
  }
  const names = Object.keys(paths)
  expect(names.slice(0, 2)).toEqual(['/api/v1/storage/backends', '/api/v1/storage/backends/{id}'])
  const isAlias = names.map((path) => !path.startsWith('/api/v1/') && !path.startsWith('/api/health/'))
  expect(isAlias.filter(Boolean).length).toBeGreaterThan(0)
  expect(isAlias.lastIndexOf(false)).toBeLessThan(isAlias.indexOf(true))
  // A new noun gets its place and a word about it.
  const used = new Set(
    Object.values(paths).flatMap((item) => Object.values(item).flatMap((operation) => operation.tags)),
  )
  expect([...used].filter((tag) => !tags.some(({ name, description }) => name === tag && description !== ''))).toEqual(
    [],
  )
})
