'use client'

import Link from 'next/link'
import { BackendType } from '@/components/backends/backend-type'
import { ActionRows } from '@/components/layout/action-rows'
import { useMay } from '@/components/layout/person'
import { targetWords } from '@/components/mounts/detail/mount-words'
import { policyWords } from '@/components/repositories/repository-words'
import { enabledNext, type useRepositoryActions } from '@/components/repositories/use-repository-actions'
import { Button } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { Facts, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import type { RepositoryView } from '@/lib/repositories/schema'

/** What is wanted of it, and what can be done with it for good. */
export function RepositorySettings({
  repository,
  actions,
  onDelete,
}: {
  repository: RepositoryView
  actions: ReturnType<typeof useRepositoryActions>
  onDelete: () => void
}) {
  const canWrite = useMay('repositories.write')
  const isAdmin = useMay('repositories.admin')
  const next = enabledNext(repository)
  return (
    <div className="space-y-5">
      <div className="grid gap-5 lg:grid-cols-2">
        <Panel title="Settings">
          <Facts
            items={[
              ['Hosts', targetWords(repository)],
              ['New backups', repository.enabled ? policyWords(repository) : 'None: disabled by people'],
              ...(repository.mount_id === null
                ? []
                : [
                    [
                      'Mount',
                      <Link key="mount" href={`/mounts/${repository.mount_id}`} className="text-accent hover:underline">
                        {repository.mount_path}
                      </Link>,
                    ] as const,
                  ]),
            ]}
          />
        </Panel>
        <Panel title="About">
          <Facts
            items={[
              ['Type', <BackendType key="type" type={repository.repository_type} />],
              ['Created', <RelativeTime key="created" at={repository.created_at} />],
              ['Last changed', <RelativeTime key="changed" at={repository.updated_at} />],
              ['Id', <Mono key="id" text={repository.id} copy />],
            ]}
          />
        </Panel>
      </div>
      <ActionRows
        title="Actions"
        rows={[
          canWrite &&
            next === true &&
            (repository.full === null || isAdmin) && {
              title: 'Take new backups',
              text:
                repository.full === null
                  ? 'Backups may begin there again.'
                  : 'Although it is that full: until it has had room again, nothing stops them but the end of the storage.',
              button: (
                <Button
                  pending={actions.isSetting}
                  onClick={() => actions.setEnabled({ ...repository, enabled: true })}
                >
                  Take new backups
                </Button>
              ),
            },
          canWrite &&
            next === false && {
              title: 'Take no new backups',
              text: 'What has begun goes on, and what is there can be read.',
              button: (
                <Button
                  pending={actions.isSetting}
                  onClick={() => actions.setEnabled({ ...repository, enabled: false })}
                >
                  Take none
                </Button>
              ),
            },
          isAdmin && {
            title: 'Delete this repository',
            text: 'It is unmounted on every host and forgotten. The backups in it stay where they are.',
            button: (
              <Button className="text-critical" onClick={onDelete}>
                Delete
              </Button>
            ),
          },
        ]}
      />
    </div>
  )
}
