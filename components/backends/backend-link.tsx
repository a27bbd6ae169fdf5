'use client'

import Link from 'next/link'
import { TypeIcon } from '@/components/backends/backend-type'
import { useTypeTitle } from '@/components/layout/person'

/** The backend that something lies on, with the sign of its type. */
export function BackendLink({ id, name, type }: { id: string; name: string; type: string }) {
  const title = useTypeTitle()
  return (
    <span className="flex min-w-0 gap-2">
      <TypeIcon type={type} title={title(type)} className="mt-0.5" />
      <Link
        href={`/backends/${id}`}
        prefetch={false}
        className="min-w-0 break-words font-medium text-accent hover:underline"
      >
        {name}
      </Link>
    </span>
  )
}
