import { expect, it } from 'vitest'
import { stepView, testSummary } from '@/lib/operations/steps'

const STEP = { id: 'tcp', title: 'Connection to port 2049', status: 'failed', durationMs: 1 } as const
const REFUSED = { problem: 'network.refused', values: { server: 'nas', port: 2049 } }

it('words a failed step: what is wrong with what the tool said, what to do, and what shows it', () => {
  const step = { ...STEP, detail: 'for old controllers', ...REFUSED, said: 'ECONNREFUSED' }
  expect(stepView(step)).toMatchObject({
    ...STEP,
    detail: 'The server refuses the connection: ECONNREFUSED',
    problem: 'network.refused',
    advice: expect.stringContaining('port 2049 of nas'),
    command: 'nc -vz nas 2049',
    explanation: { id: 'network.refused', said: 'ECONNREFUSED', values: REFUSED.values },
  })
})

it('says it with its values where the tool said nothing', () => {
  const step = { ...STEP, problem: 'lvm.not_empty', values: { device: 'sdb', found: 'ext4' } }
  expect(stepView(step).detail).toBe('On sdb there is ext4.')
})

it('quotes the name that was looked up', () => {
  const step = { ...STEP, problem: 'name.not_found', values: { server: 'nas.example.net' }, said: 'ENOTFOUND' }
  expect(stepView(step).detail).toBe('The name "nas.example.net" is not known: ENOTFOUND')
})

it('leaves to a warning what was found', () => {
  const step = {
    ...STEP,
    status: 'warning',
    detail: 'http, not encrypted',
    problem: 's3.plain_http',
    values: {},
  } as const
  expect(stepView(step)).toMatchObject({ detail: 'http, not encrypted', advice: expect.stringContaining('https://') })
})

it('gives a failure that is no problem the advice of its code', () => {
  expect(stepView({ ...STEP, detail: 'The time ran out.', code: 'timed_out' })).toEqual({
    ...STEP,
    detail: 'The time ran out.',
    advice: 'The outcome is not known yet; look at the observed state before retrying.',
  })
  expect(stepView({ ...STEP, detail: 'x', code: 'of-a-newer-agent' })).toEqual({ ...STEP, detail: 'x' })
})

it('leaves the words of an older agent as they are', () => {
  const step = { ...STEP, detail: 'It refuses: x', problem: 'network.refused', advice: 'Look there.', command: 'nc' }
  expect(stepView(step)).toEqual(step)
})

it('sums a test up', () => {
  const steps = [stepView({ ...STEP, ...REFUSED })]
  expect(testSummary(steps, false)).toBe(
    'Connection to port 2049: The server refuses the connection. Nothing listens on port 2049 of nas: start the service there, or correct the port.',
  )
  expect(testSummary([stepView({ ...STEP, status: 'warning' })], true)).toBe('The storage works, with 1 warnings.')
  expect(testSummary([], false)).toBe('The test did not finish.')
})
