import { Page } from '@/components/layout/page'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'

export default function Forbidden() {
  return (
    <Page crumbs={[{ label: 'Not allowed' }]} title="You may not see this">
      <EmptyState title="Your role does not include this page" action={<ButtonLink href="/">Overview</ButtonLink>}>
        An administrator can give you another role.
      </EmptyState>
    </Page>
  )
}
