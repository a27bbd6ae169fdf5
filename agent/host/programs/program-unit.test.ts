import { expect, it } from 'vitest'
import { renderProgramUnit } from './program-unit'

it('runs its keeper once, and is stopped at shutdown before mounts are taken away', () => {
  const unit = renderProgramUnit({ description: 'd', node: '/opt/a b/node', script: '/run/x/%h/supervisor.cjs' })
  expect(unit.split('\n').filter((line) => /^(Exec|Restart|After|Type)/.test(line))).toEqual([
    'After=holdfast-mounts.service',
    'Type=exec',
    'ExecStart="/opt/a b/node" "/run/x/%%h/supervisor.cjs"',
    'Restart=no',
  ])
})
