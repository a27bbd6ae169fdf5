'use client'

import { FileUp, X } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import { type GivenText, withFiles } from '@/components/backends/import-texts'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { Field, Textarea } from '@/components/ui/field'
import { FORMAT_TITLES, formatOf } from '@/lib/imports/format'

const EXAMPLE =
  '[wasabi]\ntype = s3\nprovider = Wasabi\naccess_key_id = …\nsecret_access_key = …\nregion = eu-central-1'
const SOURCES =
  'An rclone.conf, storage.json of WolfStack, storage.cfg of Proxmox VE, a Compose file, or what "docker volume inspect", "virsh pool-dumpxml", "virsh dumpxml", "qm config" or "pct config" prints.'

interface Props {
  files: readonly GivenText[]
  pasted: string
  /** Why they cannot be read together. */
  excess: string | undefined
  onFiles: (files: readonly GivenText[]) => void
  onPaste: (text: string) => void
}

/** The texts, and what each is taken for. Files are read in the browser. */
export function ImportSources({ files, pasted, excess, onFiles, onPaste }: Props) {
  const input = useRef<HTMLInputElement>(null)
  const [problem, setProblem] = useState<string>()
  const [isOver, setOver] = useState(false)
  const add = async (chosen: readonly File[]) => {
    const added = await withFiles(files, chosen)
    setProblem(added.problem)
    onFiles(added.files)
  }
  const over = (event: DragEvent, isFile: boolean) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    setOver(isFile)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button beside it does the same by keyboard
    <div
      className={cn('space-y-4 rounded-lg', isOver && 'outline-2 outline-accent outline-dashed outline-offset-4')}
      onDragOver={(event) => over(event, true)}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        over(event, false)
        void add([...event.dataTransfer.files])
      }}
    >
      {files.length > 0 && (
        <Files files={files} onRemove={(at) => onFiles(files.filter((_file, other) => other !== at))} />
      )}
      <Field
        label={files.length === 0 ? 'Text to import' : 'Another text'}
        optional={files.length > 0}
        help={
          pasted.trim() === ''
            ? SOURCES
            : `This looks like ${article(FORMAT_TITLES[formatOf(pasted)])}. Keys and passwords are sealed and never shown again.`
        }
        error={problem ?? excess}
        aside={
          <>
            <input
              ref={input}
              type="file"
              multiple
              className="hidden"
              aria-label="Files to import"
              onChange={(event) => {
                void add([...(event.target.files ?? [])])
                event.target.value = ''
              }}
            />
            <Button icon={FileUp} onClick={() => input.current?.click()}>
              Choose or drop files
            </Button>
          </>
        }
      >
        {(control) => (
          <Textarea
            {...control}
            value={pasted}
            onChange={(event) => onPaste(event.target.value)}
            placeholder={files.length === 0 ? EXAMPLE : ''}
            className={cn('text-12', files.length === 0 ? 'min-h-64' : 'min-h-32')}
          />
        )}
      </Field>
    </div>
  )
}

function Files({ files, onRemove }: { files: readonly GivenText[]; onRemove: (at: number) => void }) {
  return (
    <ul aria-label="Files" className="divide-y divide-line rounded-lg border border-line text-13">
      {files.map(({ name, content }, at) => (
        <li key={name} className="flex items-center gap-3 py-1.5 pr-1.5 pl-3">
          <div className="grid min-w-0 flex-1 gap-x-3 sm:grid-cols-2">
            <span className="truncate font-medium" title={name}>
              {name}
            </span>
            <span className="text-muted">{capital(article(FORMAT_TITLES[formatOf(content)]))}</span>
          </div>
          <Button variant="ghost" icon={X} aria-label={`Remove ${name}`} onClick={() => onRemove(at)} />
        </li>
      ))}
    </ul>
  )
}

function article(title: string): string {
  return title.startsWith('output') ? `the ${title}` : `a ${title}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
