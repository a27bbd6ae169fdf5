import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readEnv } from '@/lib/env'
import { AGENT_FLAGS, protectArguments } from '@/lib/supervisor/local-agent'

test.each([
  ['where they are by default', {}, ['/srv/hf', '/srv/hf/controller', '/srv/hf/holdfast.db']],
  [
    'wherever the settings have put them',
    { HOLDFAST_CONTROLLER_DIR: '/srv/keys', HOLDFAST_DATABASE_URL: 'file:/data/db/one.db?connection_limit=1' },
    ['/srv/hf', '/srv/keys', '/data/db/one.db'],
  ],
  [
    'and no address of a database server, which may have a password in it',
    { HOLDFAST_DATABASE_URL: 'postgresql://holdfast:not-a-real-password@db/holdfast' },
    ['/srv/hf', '/srv/hf/controller'],
  ],
])(
  'the agent of this machine is told of the program and the state of the control plane, %s',
  (_what, settings, paths) => {
    const env = readEnv({ HOLDFAST_STATE_DIR: '/srv/hf', ...settings })
    expect(protectArguments(env, '/srv/checkout')).toEqual(
      ['/srv/checkout', ...paths].flatMap((path) => ['--protect', path]),
    )
  },
)

test('starts Node for the agent of this machine as the packaged agent does', () => {
  const packaged = readFileSync('agent/packaging/holdfast-agent.sh', 'utf8')
  expect(packaged).toContain(`/node" ${AGENT_FLAGS.join(' ')} "$here/holdfast-agent.mjs"`)
  // With V8's own threads, one process in five did not end on a slow machine.
  expect(AGENT_FLAGS).toContain('--single-threaded')
})
