'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { TypeIcon } from '@/components/backends/backend-type'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { type BackendBody, DriverForm } from '@/components/forms/driver-form'
import type { FormSpec } from '@/components/forms/form-spec'
import { useStorageTypes } from '@/components/layout/person'
import { Badge } from '@/components/ui/status'
import type { BackendView } from '@/lib/backends/schema'

const ACCESS = { file: 'Files', object: 'Objects', block: 'Disks' }

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function TypeCards() {
  return (
    <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {useStorageTypes().map((type) => (
        <li key={type.id}>
          <Link
            href={`/backends/new?type=${type.id}`}
            prefetch={false}
            className="panel flex h-full items-start gap-3 p-4 transition-colors duration-100 hover:border-control hover:bg-hover"
          >
            <span className="inline-flex size-9 shrink-0 items-center justify-center rounded-md border border-line bg-sunken">
              <TypeIcon type={type.id} className="size-5" />
            </span>
            <span className="min-w-0">
              <span className="flex items-center gap-2 text-14 font-medium">
                {type.title}
                <Badge>{ACCESS[type.access]}</Badge>
              </span>
              <span className="mt-1 block text-13 text-muted">{capitalise(type.summary)}.</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** First the type, kept in the address so that Back works; then its form. `spec` is of the type in the address, if it has one. */
export function NewBackend({ spec }: { spec: FormSpec | null }) {
  const router = useRouter()
  const type = spec?.id
  const create = useAction<BackendBody, BackendView>({
    run: (body) => requestOne<BackendView>('/api/v1/storage/backends', { method: 'POST', body: { ...body, type } }),
    topics: ['backend'],
    done: (backend) => `Saved ${backend.name}`,
    quiet: true,
    onSuccess: (backend) => router.push(`/backends/${backend.id}`),
  })
  if (spec === null) return <TypeCards />
  return (
    <DriverForm
      key={type}
      spec={spec}
      onSave={async (body) => {
        await create.mutateAsync(body)
      }}
      onCancel={() => router.push('/backends/new')}
    />
  )
}
