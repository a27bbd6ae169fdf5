import { expect, test } from 'vitest'
import { readAgentEnv } from '@/agent/env'

test('what is to be protected comes from the command line, as absolute paths', () => {
  expect(readAgentEnv({ NODE_ENV: 'test' }).protectedPaths).toEqual([])
  expect(readAgentEnv({ NODE_ENV: 'test' }, ['/srv/a', '/srv/b:c']).protectedPaths).toEqual(['/srv/a', '/srv/b:c'])
  for (const odd of ['state', '', '/srv/a\nb']) {
    expect(() => readAgentEnv({ NODE_ENV: 'test' }, ['/srv/a', odd])).toThrow('--protect must be an absolute path')
  }
})
