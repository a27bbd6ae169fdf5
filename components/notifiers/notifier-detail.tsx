'use client'

import { useSuspenseQuery } from '@tanstack/react-query'
import { Pencil, Send, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { AlertsAbout } from '@/components/alerts/alerts-about'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Page } from '@/components/layout/page'
import { usePerson } from '@/components/layout/person'
import { Deliveries } from '@/components/notifiers/deliveries'
import { notifierOne } from '@/components/notifiers/notifier-queries'
import { notifierStatus, rulesWords } from '@/components/notifiers/notifier-words'
import { TestNotifier } from '@/components/notifiers/test-notifier'
import { SETTINGS_INDEX, SettingsList } from '@/components/settings/settings-list'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { Facts, Note, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { NotifierView } from '@/lib/notifiers/schema'

const NotifierForm = dynamic(
  () => import('@/components/notifiers/notifier-form').then((module) => module.NotifierForm),
  {
    ssr: false,
  },
)

const LIST = '/settings/notifiers'

function DeleteNotifier({ notifier, onClose }: { notifier: NotifierView; onClose: () => void }) {
  const router = useRouter()
  const remove = useAction<string, void>({
    run: (id) => request(`/api/v1/notifiers/${id}`, { method: 'DELETE' }),
    topics: [],
    done: () => `${notifier.name} is deleted`,
    onSuccess: () => router.push(LIST),
  })
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${notifier.name}?`}
      description="With it goes the list of its messages. Those that wait are not sent any more."
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={remove.isPending} onClick={() => remove.mutate(notifier.id)}>
            Delete notifier
          </Button>
        </>
      }
    />
  )
}

/** One notifier: how it is, what it tells of, and what became of its messages. */
export function NotifierDetail({ id }: { id: string }) {
  const { data: notifier } = useSuspenseQuery(notifierOne(id))
  const [open, setOpen] = useState<'test' | 'change' | 'delete' | null>(null)
  const close = () => setOpen(null)
  const may = usePerson().permissions.includes('notifiers.write')
  const { name, type, target, rules, failed_since, last_error, sent_at } = notifier
  return (
    <Page
      crumbs={[{ label: 'Settings', href: SETTINGS_INDEX }, { label: 'Notifiers', href: LIST }, { label: name }]}
      title={name}
      status={<Status {...notifierStatus(notifier)} />}
      subtitle={target}
      side={<SettingsList />}
      actions={
        may && (
          <>
            <Button variant="primary" icon={Send} onClick={() => setOpen('test')}>
              Test
            </Button>
            <Button icon={Pencil} onClick={() => setOpen('change')}>
              Change
            </Button>
            <Button icon={Trash2} onClick={() => setOpen('delete')}>
              Delete
            </Button>
          </>
        )
      }
    >
      <div className="space-y-5">
        {failed_since !== null && (
          <Note kind="warning">
            Since <RelativeTime at={failed_since} /> no message is taken. {last_error}
          </Note>
        )}
        <Panel title="Notifier">
          <Facts
            items={[
              ['Type', type],
              ['Tells of', rulesWords(rules)],
              ['Last message', sent_at === null ? 'none so far' : <RelativeTime key="sent" at={sent_at} />],
            ]}
          />
        </Panel>
        <AlertsAbout subjectId={id} />
        <Deliveries id={id} />
      </div>
      {open === 'test' && <TestNotifier notifier={notifier} onClose={close} />}
      {open === 'change' && <NotifierForm notifier={notifier} onDone={close} onClose={close} />}
      {open === 'delete' && <DeleteNotifier notifier={notifier} onClose={close} />}
    </Page>
  )
}
