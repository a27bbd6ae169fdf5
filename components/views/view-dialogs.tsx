'use client'

import { useQuery } from '@tanstack/react-query'
import { ListFilter, Trash2 } from 'lucide-react'
import { useId, useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { viewList } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Button, IconButton } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import type { SavedViewView, ViewList } from '@/lib/views/schema'

const VIEWS = '/api/v1/account/views'
const TOPICS = ['view']

interface Props {
  list: ViewList
  /** What the page shows now. */
  query: string
  onClose: () => void
}

/** Gives what the page shows now a name. */
export function SaveView({ list, query, onClose }: Props) {
  const [name, setName] = useState('')
  const save = useAction<string, SavedViewView>({
    run: (chosen) => requestOne(VIEWS, { method: 'POST', body: { list, name: chosen, query } }),
    topics: TOPICS,
    done: (view) => `Saved ${view.name}`,
    quiet: true,
    onSuccess: onClose,
  })
  const wrong = save.isError ? problemOf(save.error).fields?.find(({ field }) => field === 'name')?.message : undefined
  return (
    <FormDialog
      title="Save as a view"
      description="The filters and the order that are set now, for you alone. To show them to others, send them the address."
      submit={{ label: 'Save', pending: save.isPending }}
      onSubmit={() => save.mutate(name)}
      onClose={onClose}
    >
      <Field label="Name" error={wrong}>
        {(attributes) => (
          <Input
            {...attributes}
            autoComplete="off"
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {save.isError && wrong === undefined && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}

function OneView({ view, query }: { view: SavedViewView; query: string }) {
  const [name, setName] = useState(view.name)
  const id = useId()
  const path = `${VIEWS}/${view.id}`
  const change = useAction<{ name?: string; query?: string }, SavedViewView>({
    run: (body) => requestOne(path, { method: 'PATCH', body }),
    topics: TOPICS,
    done: (changed) => `Changed ${changed.name}`,
  })
  const remove = useAction<void, unknown>({
    run: () => requestOne(path, { method: 'DELETE' }),
    topics: TOPICS,
    done: () => `Deleted ${view.name}`,
  })
  const isRenamed = name.trim() !== '' && name.trim() !== view.name
  return (
    <li className="py-2">
      <form
        className="flex items-center gap-1"
        onSubmit={(event) => {
          event.preventDefault()
          if (isRenamed) change.mutate({ name })
        }}
      >
        <label htmlFor={id} className="sr-only">
          Name of {view.name}
        </label>
        <Input
          id={id}
          autoComplete="off"
          maxLength={60}
          className="min-w-0 flex-1"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {isRenamed && (
          <Button type="submit" pending={change.isPending}>
            Rename
          </Button>
        )}
        <IconButton
          icon={ListFilter}
          label={`Give ${view.name} the filters that are set now`}
          disabled={query === view.query || change.isPending}
          className="disabled:opacity-40"
          onClick={() => change.mutate({ query })}
        />
        <IconButton
          icon={Trash2}
          label={`Delete ${view.name}`}
          disabled={remove.isPending}
          onClick={() => remove.mutate()}
        />
      </form>
    </li>
  )
}

/** Renames views, gives them the filters of the page, and deletes them. */
export function ManageViews({ list, query, onClose }: Props) {
  const { data } = useQuery(viewList(list))
  const views = data?.data ?? []
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="sm"
      title={`Your views of ${list}`}
      footer={<Button onClick={onClose}>Close</Button>}
    >
      {views.length === 0 ? (
        <p className="text-13 text-muted">There are none any more.</p>
      ) : (
        <ul className="divide-y divide-line">
          {views.map((view) => (
            <OneView key={view.id} view={view} query={query} />
          ))}
        </ul>
      )}
    </Dialog>
  )
}
