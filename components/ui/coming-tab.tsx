import { Skeleton } from '@/components/ui/feedback'

/** Stands in a tab whose code comes when somebody opens it. */
export function ComingTab() {
  return <Skeleton className="h-40" />
}
