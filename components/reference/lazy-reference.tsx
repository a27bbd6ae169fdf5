'use client'

import dynamic from 'next/dynamic'
import { Skeleton } from '@/components/ui/feedback'

/** Fetched only by this page. */
export const LazyReference = dynamic(
  () => import('@/components/reference/api-reference').then((module) => module.ApiReference),
  {
    ssr: false,
    loading: () => <Skeleton className="h-64 w-full" />,
  },
)
