import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseRequest } from '@/agent/server/wire-error'
import { EnrollResponse } from '@/lib/agent-protocol/enrollment'
import { CommandEnvelope, WireBackend, WireMount } from '@/lib/agent-protocol/messages'
import { StreamMessage } from '@/lib/agent-protocol/stream'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { HoldfastError } from '@/lib/errors'
import { ID_PREFIXES, type IdKind, newId } from '@/lib/ids'

/** What would leave the directory, name another unit, or stand in option position as a name on the host. */
const DIGITS = '0123456789abcdefghjkmnpqrs'
const ODD = [
  '',
  '.',
  '..',
  '../../etc/cron.d/x',
  `mnt_${DIGITS}/../x`,
  '-rf',
  '--',
  'agent',
  'holdfast-agent',
  'mnt_1',
  `mnt_${DIGITS}0`,
  `mnt_${DIGITS.slice(1)}`,
  `mnt_${DIGITS.toUpperCase()}`,
  `mnt_${DIGITS.slice(1)}u`,
  `mnt_${DIGITS}\n`,
  `\nmnt_${DIGITS}`,
  `mnt_${DIGITS}\0`,
  `MNT_${DIGITS}`,
  `mnt-${DIGITS}`,
  `xyz_${DIGITS}`,
  'mnt_%i%n%H%m%b%u%U%t%S%C%L',
  `mnt_${'a'.repeat(10_000)}`,
]

const schemas: [string, z.ZodType][] = [
  ...Object.entries(VERBS).flatMap(([name, { request, response }]): [string, z.ZodType][] => [
    [`${name} request`, request],
    [`${name} response`, response],
  ]),
  ['stream', StreamMessage],
  ['enrolment', EnrollResponse],
]

/** Ids of the product, and not of tools, kernels and storages that are in an answer as they said them. */
const PRODUCT_IDS = new Set(['operationId', 'resourceId', 'mountId', 'backendId', 'hostId'])

interface Found {
  at: string
  pattern: string | undefined
}

function idsIn(schema: unknown, at: string): Found[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key !== 'properties') return idsIn(value, at)
    return Object.entries(value as Record<string, unknown>).flatMap(([name, property]) => {
      const here = `${at}.${name}`
      const isId = PRODUCT_IDS.has(name) || (name === 'id' && at.endsWith('.backend'))
      return isId
        ? [{ at: here, pattern: /"pattern":"([^"]+)"/.exec(JSON.stringify(property))?.[1] }]
        : idsIn(property, here)
    })
  })
}

test('every id in the protocol has its grammar, in requests and in answers', () => {
  const found = schemas.flatMap(([name, schema]) => idsIn(z.toJSONSchema(schema, { io: 'input' }), name))
  expect(found.length).toBeGreaterThan(20)
  expect(found.filter(({ pattern }) => !pattern?.includes('[0-9a-hjkmnp-tv-z]{26}'))).toEqual([])
})

const envelope = {
  operationId: newId('operation'),
  resourceId: newId('mount'),
  generation: 1,
  fence: 1,
  ttlMs: 1_000,
}
const backend = { id: newId('backend'), driver: 'nfs', config: {}, secrets: {} }
const mount = {
  mountId: newId('mount'),
  backend,
  mountPoint: '/mnt/a',
  readOnly: false,
  autoMount: true,
  desiredState: 'mounted',
}

function refusedFields(schema: z.ZodType, input: unknown): string[] {
  try {
    parseRequest(schema, input)
    return []
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    expect(error.code).toBe('invalid_input')
    expect(error.fields?.every(({ message }) => message.startsWith('Must be an id'))).toBe(true)
    return error.fields?.map(({ field }) => field) ?? []
  }
}

describe('an odd id is refused with the name of its field', () => {
  const fields: [string, z.ZodType, object, IdKind | null][] = [
    ['operationId', CommandEnvelope, envelope, 'operation'],
    ['resourceId', CommandEnvelope, envelope, null],
    ['id', WireBackend, backend, 'backend'],
    ['mountId', WireMount, mount, 'mount'],
    ['mountId', VERBS.removeMount.request, { ...envelope, mountId: mount.mountId, abandon: false }, 'mount'],
    ['mountId', VERBS.inspectMount.request, { mountId: mount.mountId }, 'mount'],
    ['mountId', VERBS.usage.request, { operationId: envelope.operationId, backend, mountId: null }, 'mount'],
    ['operationId', VERBS.testBackend.request, { operationId: envelope.operationId, backend }, 'operation'],
  ]
  test.each(fields)('%s', (field, schema, right, kind) => {
    expect(refusedFields(schema, right)).toEqual([])
    for (const odd of ODD) expect(refusedFields(schema, { ...right, [field]: odd }), odd.slice(0, 50)).toEqual([field])
    for (const other of Object.keys(ID_PREFIXES) as IdKind[]) {
      const isRight = kind === null || kind === other
      expect(refusedFields(schema, { ...right, [field]: newId(other) }), other).toEqual(isRight ? [] : [field])
    }
  })

  test('deep in a document, by its path', () => {
    const request = { ...envelope, mount: { ...mount, mountId: '..', backend: { ...backend, id: 'x' } } }
    expect(refusedFields(VERBS.applyMount.request, request).sort()).toEqual(['mount.backend.id', 'mount.mountId'])
  })
})
