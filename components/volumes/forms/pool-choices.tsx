import { TypeIcon } from '@/components/backends/backend-type'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'

/** Pools as a field offers them, with what is free there. */
export function poolChoices(pools: readonly PoolView[]) {
  return pools.map(({ id, name, type, available_bytes }) => ({
    value: id,
    label: name,
    detail: available_bytes === null ? 'Free space unknown' : `${formatBytes(available_bytes)} free`,
    icon: <TypeIcon type={type} />,
  }))
}
