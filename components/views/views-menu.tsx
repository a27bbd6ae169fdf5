'use client'

import { useQuery } from '@tanstack/react-query'
import { Bookmark, BookmarkPlus, ListX, Settings2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useSearchParams } from 'next/navigation'
import { useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import { viewList } from '@/components/data/queries'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { writeParameters } from '@/components/ui/use-url-parameter'
import { currentView, parametersOf, queryOf } from '@/components/views/view-model'
import type { ViewList } from '@/lib/views/schema'

const SaveView = dynamic(() => import('@/components/views/view-dialogs').then((module) => module.SaveView), {
  ssr: false,
})
const ManageViews = dynamic(() => import('@/components/views/view-dialogs').then((module) => module.ManageViews), {
  ssr: false,
})

interface Props {
  list: ViewList
  /** Of the address, those that make up a view. */
  parameters: readonly string[]
}

/** Read when the menu opens. */
function Views({ list, parameters, onOpen }: Props & { onOpen: (dialog: 'save' | 'manage') => void }) {
  const search = useSearchParams().toString()
  const { data, error } = useQuery(viewList(list))
  const views = data?.data ?? []
  const query = queryOf(search, parameters)
  const current = currentView(views, search, parameters)
  function pick(id: string) {
    const view = views.find((entry) => entry.id === id)
    if (view) writeParameters(parametersOf(view.query, parameters))
  }
  return (
    <>
      {error && <MenuLabel>{problemOf(error).detail}</MenuLabel>}
      {!error && !data && <MenuLabel>Reading your views</MenuLabel>}
      {data && views.length === 0 && (
        <MenuLabel>{query === '' ? 'Filter or sort, and save that here' : 'No saved views of this list yet'}</MenuLabel>
      )}
      {views.length > 0 && (
        <MenuChoice
          label="Your views"
          value={current?.id ?? ''}
          onChange={pick}
          choices={views.map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
      <MenuSeparator />
      {query !== '' && (
        <MenuItem icon={ListX} onSelect={() => writeParameters(parametersOf('', parameters))}>
          Show all
        </MenuItem>
      )}
      <MenuItem icon={BookmarkPlus} disabled={query === '' || current !== undefined} onSelect={() => onOpen('save')}>
        Save as a view
      </MenuItem>
      {views.length > 0 && (
        <MenuItem icon={Settings2} onSelect={() => onOpen('manage')}>
          Manage views
        </MenuItem>
      )}
    </>
  )
}

/** Filters and order that a person has named: to pick, to save, to put in order. */
export function ViewsMenu({ list, parameters }: Props) {
  const [dialog, setDialog] = useState<'save' | 'manage' | null>(null)
  const search = useSearchParams().toString()
  // Known, and then kept up to date, once the menu has been open.
  const { data } = useQuery({ ...viewList(list), enabled: (known) => known.state.data !== undefined })
  const current = currentView(data?.data ?? [], search, parameters)
  const close = () => setDialog(null)
  const query = queryOf(search, parameters)
  return (
    <>
      <Menu
        trigger={
          <Button variant="ghost" icon={Bookmark} aria-label={current ? `Views: ${current.name}` : 'Views'}>
            <span className="max-w-40 truncate max-md:sr-only">{current?.name ?? 'Views'}</span>
          </Button>
        }
      >
        <Views list={list} parameters={parameters} onOpen={setDialog} />
      </Menu>
      {dialog === 'save' && <SaveView list={list} query={query} onClose={close} />}
      {dialog === 'manage' && <ManageViews list={list} query={query} onClose={close} />}
    </>
  )
}
