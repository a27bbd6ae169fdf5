'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { hostList } from '@/components/data/queries'
import { type Targeting, targetedHosts } from '@/components/mounts/forms/target-picker'

/** Whom a new mount is for. Of one host there is nothing to choose: it is chosen until somebody says otherwise. */
export function useTargeting() {
  const { data } = useQuery(hostList())
  const hosts = (data?.data ?? []).filter((host) => !host.revoked_at)
  const [targeting, setTargeting] = useState<Targeting>({ targets: 'hosts', labels: {}, hostIds: [] })
  const [error, setError] = useState<string | undefined>()
  const only = hosts.length === 1 ? hosts[0] : undefined
  const chosen =
    targeting.targets === 'hosts' && targeting.hostIds.length === 0 && only
      ? { ...targeting, hostIds: [only.id] }
      : targeting
  return {
    /** Those that can be chosen. */
    hosts,
    hasNoHosts: data !== undefined && hosts.length === 0,
    chosen,
    /** The hosts that the choice means now. */
    targeted: targetedHosts(chosen, hosts),
    error,
    setError,
    choose(value: Targeting) {
      setTargeting(value)
      setError(undefined)
    },
  }
}
