import { expect, test } from 'vitest'
import { readEnv } from '@/lib/env'
import { protectArguments } from '@/lib/supervisor/local-agent'

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
])('the agent of this machine is told of the state of the control plane, %s', (_what, settings, paths) => {
  const env = readEnv({ HOLDFAST_STATE_DIR: '/srv/hf', ...settings })
  expect(protectArguments(env)).toEqual(paths.flatMap((path) => ['--protect', path]))
})
