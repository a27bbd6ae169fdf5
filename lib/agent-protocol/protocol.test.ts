import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ENROLL_PATH, EnrollRequest, EnrollResponse } from '@/lib/agent-protocol/enrollment'
import { BYTE_VERBS } from '@/lib/agent-protocol/files'
import { ErrorBody } from '@/lib/agent-protocol/messages'
import { StreamMessage } from '@/lib/agent-protocol/stream'
import { TUNNEL_VERBS } from '@/lib/agent-protocol/tunnels'
import { PROTOCOL_VERSION, VERBS } from '@/lib/agent-protocol/verbs'

const file = new URL(`./fixtures/protocol-v${PROTOCOL_VERSION}.json`, import.meta.url)

type Bare = Readonly<Record<string, { method: string; path: string; request: z.ZodType }>>

/** Verbs whose answer is no JSON. */
function described(verbs: Bare): unknown {
  const entries = Object.entries(verbs).map(([name, { request, ...verb }]) => [
    name,
    { ...verb, request: z.toJSONSchema(request, { io: 'input' }) },
  ])
  return Object.fromEntries(entries)
}

function protocol(): unknown {
  const operations = Object.entries(VERBS).map(([name, operation]) => [
    name,
    {
      method: operation.method,
      path: operation.path,
      mode: operation.mode,
      idempotent: operation.idempotent,
      request: z.toJSONSchema(operation.request, { io: 'input' }),
      response: z.toJSONSchema(operation.response, { io: 'output' }),
    },
  ])
  return {
    version: PROTOCOL_VERSION,
    operations: Object.fromEntries(operations),
    bytes: described(BYTE_VERBS),
    tunnels: described(TUNNEL_VERBS),
    stream: z.toJSONSchema(StreamMessage),
    error: z.toJSONSchema(ErrorBody),
    enroll: {
      path: ENROLL_PATH,
      request: z.toJSONSchema(EnrollRequest, { io: 'input' }),
      response: z.toJSONSchema(EnrollResponse),
    },
  }
}

/**
 * The committed file is what peers of this version speak. A change that an older peer copes with is written into it with
 * `UPDATE_PROTOCOL=1`; any other change raises PROTOCOL_VERSION, and the old file stays.
 */
test('the protocol is what its snapshot says', () => {
  if (process.env.UPDATE_PROTOCOL === '1') writeFileSync(file, `${JSON.stringify(protocol(), null, 2)}\n`)
  expect(JSON.parse(JSON.stringify(protocol()))).toEqual(JSON.parse(readFileSync(file, 'utf8')))
})

describe('every operation', () => {
  const names = Object.keys(VERBS)

  test('has a path of its own', () => {
    expect(new Set(Object.values(VERBS).map((operation) => operation.path)).size).toBe(names.length)
  })

  test.each(Object.entries(VERBS))('%s refuses what it does not know', (_name, operation) => {
    const parsed = operation.request.safeParse({ surprise: 1 })
    expect(parsed.error?.issues.some((issue) => issue.code === 'unrecognized_keys')).toBe(true)
  })

  test('leaves the agent time to answer before the controller gives up', () => {
    for (const [name, operation] of Object.entries(VERBS)) {
      if (operation.mode !== 'events') expect(operation.timeoutMs, name).toBeGreaterThan(3_000)
    }
  })
})
