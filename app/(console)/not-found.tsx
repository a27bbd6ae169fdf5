import { Page } from '@/components/layout/page'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'

export default function NotFound() {
  return (
    <Page crumbs={[{ label: 'Not found' }]} title="There is nothing here">
      <EmptyState title="No such page or object" action={<ButtonLink href="/">Overview</ButtonLink>}>
        The address may be mistyped, or it may have been deleted. The audit says who deleted what, and when.
      </EmptyState>
    </Page>
  )
}
