import { expect, test } from 'vitest'
import { redactStep } from '@/agent/verbs/driver-context'

test('no secret leaves the host in a step, whichever part of it has it', () => {
  const step = {
    id: 'mount',
    title: 'Mount',
    status: 'failed',
    durationMs: 1,
    detail: 'it said geheim',
    problem: 'mount.failed',
    values: { server: 'geheim.example.org', port: 445 },
    said: 'mount error: geheim',
  } as const
  const redacted = redactStep(step, (text) => text.replaceAll('geheim', '***'))
  expect(JSON.stringify(redacted)).not.toContain('geheim')
  expect(redacted.values).toEqual({ server: '***.example.org', port: 445 })
})
