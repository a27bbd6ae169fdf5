import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { operationOne } from '@/components/data/queries'
import { TestResult } from '@/components/forms/test-result'
import { explain } from '@/lib/drivers/problems/words'
import type { OperationView, TestStepView } from '@/lib/operations/schema'

const HOST = { host_id: 'hst_1', host_name: 'web-01', status: 'failed', error: null, job: null } as const

function drawn(over: Partial<OperationView>, said?: ReadonlySet<string>): string {
  const client = new QueryClient()
  const operation = {
    id: 'op_1',
    kind: 'backend.test',
    status: 'failed',
    hosts: [HOST],
    lines: [],
    error: null,
    ...over,
  }
  client.setQueryData(operationOne('op_1').queryKey, operation as unknown as OperationView)
  return renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <TestResult operationId="op_1" {...(said ? { said } : {})} />
    </QueryClientProvider>,
  )
}

function missing(command: string): TestStepView {
  const { title, advice } = explain('tool.missing', { command })
  const explanation = { id: 'tool.missing', title, advice, command: null, said: null, values: { command } }
  return {
    id: 'tools',
    title: 'Programs on the host',
    status: 'failed',
    durationMs: 1,
    detail: title,
    advice,
    explanation,
  }
}

it('names the host that tested', () => {
  const html = drawn({ status: 'succeeded', result: { success: true, message: '', steps: [], usage: null } })
  expect(html.replaceAll(/<[^>]+>/g, '')).toContain('Tested from web-01')
  expect(html).toContain('href="/hosts/hst_1"')
})

it('leads to the page of the host that lacks a program', () => {
  const html = drawn({ result: { success: false, message: '', steps: [missing('mount.nfs')], usage: null } })
  expect(html).toContain('>Install it on web-01</a>')
  expect(html).not.toContain('the page of the host')
})

it('says a refusal with its cure in one place, and once', () => {
  const message =
    'Storage cannot be at 127.0.0.1. If it is meant, name it under allow.networks in /etc/holdfast/agent.json.'
  const recovery = 'The host refuses this by its own policy file; change /etc/holdfast/agent.json.'
  const html = drawn({ error: { code: 'policy_denied', message, recovery, explanation: null }, result: null })
  expect(html.split(message)).toHaveLength(2)
  expect(html).not.toContain(recovery)
  expect(html.indexOf('role="alert"')).toBeLessThan(html.indexOf(message))
})

it('does not repeat a cause and its cure that stand beside it', () => {
  const result = { success: false, message: '', steps: [missing('mount.nfs')], usage: null }
  expect(drawn({ result })).toContain('What to do:')
  const html = drawn({ result }, new Set(['tool.missing']))
  expect(html).not.toContain('What to do:')
  expect(html).toContain('stand with its hosts')
})
