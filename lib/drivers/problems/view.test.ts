import { expect, it } from 'vitest'
import { explained, plainValues } from '@/lib/drivers/problems/view'

const KEPT = { error: 'words of the agent', problem: 'network.refused', values: null, said: null }

it('words what was kept: id, values and what the tool said', () => {
  const values = { server: 'nas', port: 2049 }
  expect(explained({ ...KEPT, values, said: 'mount.nfs: Connection refused' })).toEqual({
    message: 'The server refuses the connection.',
    explanation: {
      id: 'network.refused',
      title: 'The server refuses the connection',
      advice: 'Nothing listens on port 2049 of nas: start the service there, or correct the port.',
      command: 'nc -vz nas 2049',
      said: 'mount.nfs: Connection refused',
      values,
    },
  })
})

it('takes what an older agent did not send from what else is known, and its words as what was said', () => {
  expect(explained(KEPT, { server: 'nas', port: 2049 }).explanation).toMatchObject({
    advice: expect.stringContaining('port 2049 of nas'),
    said: 'words of the agent',
    values: {},
  })
})

it('does not say the same twice when an older agent sends title and advice in one', () => {
  const error = 'The server refuses the connection. Nothing listens on port 2049 of nas.'
  expect(explained({ ...KEPT, error }).explanation?.said).toBeNull()
})

it('shows the words of a problem that only a newer agent knows', () => {
  expect(explained({ ...KEPT, problem: 'moon.eclipsed' })).toEqual({ message: KEPT.error, explanation: null })
  expect(explained({ ...KEPT, problem: null })).toEqual({ message: KEPT.error, explanation: null })
})

it('says nothing of what is well', () => {
  expect(explained({ error: null, problem: null, values: null, said: null })).toEqual({
    message: null,
    explanation: null,
  })
})

it('takes texts and numbers only', () => {
  expect(plainValues({ server: 'nas', port: 1, soft: true, none: null, list: [1] })).toEqual({ server: 'nas', port: 1 })
  expect([plainValues(null), plainValues('x')]).toEqual([{}, {}])
})
