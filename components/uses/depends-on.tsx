'use client'

import { useQuery } from '@tanstack/react-query'
import { Boxes, Network } from 'lucide-react'
import { usePollInterval } from '@/components/data/live'
import { ProblemNote } from '@/components/data/problem-note'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState, Skeleton } from '@/components/ui/feedback'
import { BreaksNote } from '@/components/uses/breaks-note'
import { type Asked, usesOf, usesPath } from '@/components/uses/kinds'
import { UsesList } from '@/components/uses/uses-list'

/** The page that shows it as a picture. */
export function PictureLink({ asked }: { asked: Asked }) {
  return (
    <ButtonLink href={usesPath(asked)} size="sm" icon={Network}>
      Show as a picture
    </ButtonLink>
  )
}

/** Everything that breaks when this is gone, over all steps, with what it hangs on. */
export function DependsOn({ id, name }: { id: string; name: string }) {
  const { data, error } = useQuery({ ...usesOf({ of: id }), refetchInterval: usePollInterval() })
  if (error !== null && data === undefined) return <ProblemNote error={error} />
  if (data === undefined) return <Skeleton className="h-24" />
  if (data.needed_by.length === 0) {
    return (
      <EmptyState icon={Boxes} title={`Nothing depends on ${name}`}>
        No mount, pool or volume lies on it, and no container or machine uses one.
      </EmptyState>
    )
  }
  return (
    <div className="space-y-5">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <BreaksNote view={data} />
        <PictureLink asked={{ of: id }} />
      </div>
      <UsesList view={{ ...data, needs: [] }} />
    </div>
  )
}
