import { Skeleton } from '@/components/ui/feedback'

/** Where the form of a backend will be, while its type is fetched. */
export function FormSkeleton() {
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(340px,420px)]">
      <Skeleton className="h-96 w-full" />
      <Skeleton className="h-48 w-full" />
    </div>
  )
}
