'use client'

import { useQuery } from '@tanstack/react-query'
import { TypeIcon } from '@/components/backends/backend-type'
import { backendList } from '@/components/data/queries'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { Draft } from '@/components/volumes/forms/use-new-volume'

interface Props {
  draft: Draft
  onChange: (change: Partial<Draft>) => void
  problems: Readonly<Record<string, string | undefined>>
}

/** Which file of which server becomes the content. */
export function ImportFields({ draft, onChange, problems }: Props) {
  const { data } = useQuery(backendList())
  const able = (data?.data ?? []).filter(({ capabilities }) => capabilities.includes('download'))
  const isNone = data !== undefined && able.length === 0
  return (
    <>
      <Field
        label="Server"
        error={problems['source.backend_id']}
        help={isNone ? 'Add a backend of the type HTTP first: the web server that has the image.' : undefined}
      >
        {(attributes) => (
          <Select
            {...attributes}
            value={draft.backendId}
            placeholder="Choose a backend"
            onChange={(backendId) => onChange({ backendId })}
            choices={able.map(({ id, name, type, source }) => ({
              value: id,
              label: name,
              detail: source,
              icon: <TypeIcon type={type} />,
            }))}
          />
        )}
      </Field>
      <Field
        label="Path"
        error={problems['source.path']}
        help="Below the address of the server. qcow2, vmdk, vdi, vhdx and vhd are known by what is in them; raw by the ending raw, img or iso."
      >
        {(attributes) => (
          <Input
            {...attributes}
            value={draft.path}
            placeholder="images/debian-12.qcow2"
            spellCheck={false}
            onChange={(event) => onChange({ path: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Checksum"
        optional
        error={problems['source.checksum']}
        help="What is fetched is compared with it. Without one its SHA-256 is shown in the log."
      >
        {(attributes) => (
          <Input
            {...attributes}
            value={draft.checksum}
            placeholder="sha256:…"
            spellCheck={false}
            onChange={(event) => onChange({ checksum: event.target.value })}
          />
        )}
      </Field>
    </>
  )
}
