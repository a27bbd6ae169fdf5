import { expect, test } from 'vitest'
import { logLines } from '@/components/operations/log-lines'
import type { OperationHostView, OperationLine, OperationView } from '@/lib/operations/schema'

const at = (second: number) => new Date(Date.parse('2026-11-29T23:59:58.000Z') + second * 1_000).toISOString()

function line(id: number, second: number, host: string, message: string, step?: object): OperationLine {
  return { id, at: at(second), host_id: host, kind: step ? 'step' : 'log', message, step } as OperationLine
}

function host(id: string, status: OperationHostView['status'], from: number, to: number | null, error?: string) {
  return {
    host_id: id,
    host_name: id,
    status,
    started_at: at(from),
    finished_at: to === null ? null : at(to),
    error: error ? { message: error } : null,
  } as OperationHostView
}

function read(hosts: OperationHostView[], lines: OperationLine[], whole: object = {}) {
  const operation = { hosts, lines, status: 'running', error: null, started_at: null, finished_at: null, ...whole }
  return logLines(operation as unknown as OperationView).map(({ hostId, text, tone }) => [hostId, text, tone])
}

test('every host says how it ended and after how long, in its place', () => {
  expect(
    read(
      [
        host('a', 'succeeded', 0, 2),
        host('b', 'failed', 0, 1, 'nas1 refuses the export.'),
        host('c', 'running', 0, null),
      ],
      [line(1, 0, 'a', 'Mounting /mnt/a.'), line(2, 0, 'b', 'Mounting /mnt/a.'), line(3, 2, 'a', 'It answers.')],
    ),
  ).toEqual([
    ['a', 'Mounting /mnt/a.', null],
    ['b', 'Mounting /mnt/a.', null],
    ['b', 'Failed after 1 s: nas1 refuses the export.', 'critical'],
    ['a', 'It answers.', null],
    ['a', 'Done after 2 s.', 'healthy'],
  ])
})

test('a step that did not pass says why', () => {
  const failed = { status: 'failed', durationMs: 12, detail: 'Connection refused.' }
  const passed = { status: 'passed', durationMs: 3, detail: '10.0.0.1' }
  expect(read([], [line(1, 0, 'a', 'Name', passed), line(2, 1, 'a', 'Port 2049', failed)])).toEqual([
    ['a', 'Name [passed, 3 ms]', null],
    ['a', 'Port 2049: Connection refused. [failed, 12 ms]', 'critical'],
  ])
})

test('one without hosts ends as a whole', () => {
  const whole = { status: 'failed', error: { message: 'No host is online.' }, started_at: at(0), finished_at: at(0) }
  expect(read([], [], whole)).toEqual([[null, 'Failed after 0 ms: No host is online.', 'critical']])
  expect(read([], [], { status: 'queued' })).toEqual([])
})
