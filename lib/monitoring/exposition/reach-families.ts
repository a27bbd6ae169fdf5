import type { Family } from '@/lib/monitoring/exposition/family'

/** What is told of who reaches which storage, and of for how long it could be used. */
export const REACH_FAMILIES = {
  backendChecked: {
    name: 'holdfast_backend_checked_hosts',
    help: 'From how many hosts it was checked how the storage is reached, with the settings that it has.',
    labels: ['backend'],
  },
  backendUnreached: {
    name: 'holdfast_backend_unreached',
    help: 'The last check from the host failed at this layer first. 1 for the layer; of what is reached it is absent.',
    labels: ['backend', 'host', 'layer'],
  },
  backendHosts: {
    name: 'holdfast_backend_hosts',
    help: 'On how many of the hosts that want the storage it can be used, cannot, or nobody knows. Absent: on none.',
    labels: ['backend', 'health'],
  },
  backendFailing: {
    name: 'holdfast_backend_failing_seconds',
    help: 'For how long the storage could not be used in the last 30 days, on all its hosts together.',
    labels: ['backend'],
  },
  backendBudget: {
    name: 'holdfast_backend_error_budget_seconds',
    help: 'For how long it may not be, by its objective: the error budget of 30 days on all its hosts together.',
    labels: ['backend'],
  },
  backendObjective: {
    name: 'holdfast_backend_objective_ratio',
    help: 'The availability that is aimed at, from 0 to 1.',
    labels: ['backend'],
  },
} as const satisfies Record<string, Family>
