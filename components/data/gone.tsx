import { problemOf } from '@/components/data/problem-note'
import { Page } from '@/components/layout/page'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'

export function isGone(error: unknown): boolean {
  return error !== null && error !== undefined && problemOf(error).status === 404
}

/** For what was deleted while somebody looked at it. */
export function Gone({ noun, list, href }: { noun: string; list: string; href: string }) {
  return (
    <Page crumbs={[{ label: list, href }, { label: 'Deleted' }]} title={`This ${noun} has been deleted`}>
      <EmptyState
        title="There is nothing left here"
        action={<ButtonLink href={href}>All {list.toLowerCase()}</ButtonLink>}
      >
        Somebody, or you in another window, deleted it. The audit says who and when.
      </EmptyState>
    </Page>
  )
}
