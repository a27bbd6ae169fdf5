import { Cable, ChartArea } from 'lucide-react'
import { ViewSwitch } from '@/components/ui/view-switch'

const VIEWS = [
  { id: 'capacity', href: '/monitoring', label: 'Capacity', icon: ChartArea },
  { id: 'reachability', href: '/monitoring/reachability', label: 'Reachability', icon: Cable },
] as const

/** How much there is, and who gets there. */
export function MonitoringViews({ current }: { current: (typeof VIEWS)[number]['id'] }) {
  return <ViewSwitch views={VIEWS} current={current} />
}
