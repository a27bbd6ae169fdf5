import { expect, test } from 'vitest'
import { errorsOf, outcomeOf } from '@/components/mounts/attempt-note'
import type { OperationView } from '@/lib/operations/schema'

const operation = (status: OperationView['status'], ...hosts: OperationView['hosts'][number]['status'][]) =>
  ({ status, hosts: hosts.map((one) => ({ status: one })) }) as OperationView

test.each([
  [undefined, 'working', 'Retrying'],
  [operation('running', 'succeeded', 'running', 'queued'), 'working', 'Retrying 2 of 3'],
  [operation('succeeded', 'succeeded'), 'healthy', 'Retried: it works now'],
  [operation('failed', 'failed'), 'critical', 'Retried: it still fails'],
  [operation('partial', 'succeeded', 'failed', 'failed'), 'critical', 'Retried: it still fails on 2 of 3 hosts'],
  [operation('succeeded', 'waiting'), 'off', 'Retried: the host is away, and follows when it returns'],
])('a retry that is %j says so', (of, tone, words) => {
  expect(outcomeOf(of)).toEqual({ tone, words })
})

test('what two hosts say alike is said once, and the sum of it not at all', () => {
  const error = (message: string) => ({ code: 'conflict', message, recovery: 'Do it.', explanation: null })
  const hosts = ['Gone.', 'Gone.', 'Full.', null].map((message) => ({ error: message && error(message) }))
  const failed = { hosts, error: error('3 hosts failed.') } as unknown as OperationView
  expect(errorsOf(failed).map(({ message }) => message)).toEqual(['Gone.', 'Full.'])
  const away = ['10.0.0.1', '10.0.0.2', '10.0.0.2'].map((host) => ({ error: error(`${host} is silent.`) }))
  expect(errorsOf({ hosts: away, error: null } as unknown as OperationView).map(({ message }) => message)).toEqual([
    '10.0.0.1 is silent. And 2 more like it.',
  ])
  expect(errorsOf({ hosts: [], error: error('It was refused.') }).map(({ message }) => message)).toEqual([
    'It was refused.',
  ])
})
