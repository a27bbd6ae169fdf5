import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { HoldfastError } from '@/lib/errors'

const later = () => new HoldfastError('unsupported', 'This agent has no pools yet.')

export function openPool(_agent: Agent): Handler<'openPool'> {
  return async () => {
    throw later()
  }
}

export function closePool(_agent: Agent): Handler<'closePool'> {
  return async () => {
    throw later()
  }
}

export function workOnVolume(_agent: Agent): Handler<'workOnVolume'> {
  return async () => {
    throw later()
  }
}
