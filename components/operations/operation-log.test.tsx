import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { OperationLog } from '@/components/operations/operation-log'
import type { OperationView } from '@/lib/operations/schema'

const AT = '2026-11-29T18:07:30.774Z'

it('writes what the hosts say below each other, however long their names are', () => {
  const hosts = ['web-1', 'kube-fra1-01'].map((name) => ({ host_id: name, host_name: name, status: 'running' }))
  const lines = hosts.map(({ host_id }, id) => ({ id, at: AT, host_id, kind: 'log', message: 'Mounting', step: null }))
  const operation = { id: 'op_1', created_at: AT, status: 'running', hosts, lines: [...lines], error: null }
  const html = renderToStaticMarkup(<OperationLog operation={operation as unknown as OperationView} />)
  expect(html).toContain('>web-1         </span>Mounting')
  expect(html).toContain('>kube-fra1-01  </span>Mounting')
})
