import { expect, it } from 'vitest'
import { blamedField } from '@/components/forms/blamed-field'
import { explain } from '@/lib/drivers/problems/words'
import type { TestStepView } from '@/lib/operations/schema'

function failing(values: Record<string, string>): TestStepView[] {
  const { title, message, advice, command } = explain('name.not_found', values)
  const explanation = { id: 'name.not_found', title, advice, command, said: null, values }
  return [
    { id: 'tools', title: 'Programs on the host', status: 'passed', durationMs: 1 },
    { id: 'name', title: 'Server name', status: 'failed', durationMs: 1, detail: message, explanation },
  ]
}

it.each([
  ['a server', { name: 'media', server: 'nas.example.net', port: '' }, 'server'],
  ['an address with a scheme and a port', { endpoint: 'https://nas.example.net:9000/', bucket: 'nas' }, 'endpoint'],
  ['a list', { pool: 'rbd', monitors: 'mon.example.net, nas.example.net:6789' }, 'monitors'],
])('is the one with the name that was looked up: %s', (_what, config, field) => {
  expect(blamedField(failing({ server: 'nas.example.net' }), config)).toEqual({
    field,
    message: 'The name "nas.example.net" is not known.',
  })
})

it('is none when another value was entered since, or the step says none', () => {
  const steps = failing({ server: 'nas.example.net' })
  expect(blamedField(steps, { server: 'nas.example.network' })).toBeNull()
  expect(blamedField(failing({}), { server: '' })).toBeNull()
  expect(blamedField(steps.slice(0, 1), { server: 'nas.example.net' })).toBeNull()
})
