'use client'

import { useState } from 'react'
import { type OpenApi, resolve, type Schema, typeOf } from '@/components/reference/open-api'

/** Deeper levels open on demand: schemas may refer to themselves. */
const OPEN_LEVELS = 1

function fieldsOf(schema: Schema, document: OpenApi): { fields: Record<string, Schema>; required: Set<string> } {
  const { schema: target } = resolve(schema, document)
  if (target.properties) return { fields: target.properties, required: new Set(target.required) }
  if (target.items) return fieldsOf(target.items, document)
  const members = (target.anyOf ?? target.oneOf ?? []).filter(
    (member) => resolve(member, document).schema.type !== 'null',
  )
  const [only] = members
  return members.length === 1 && only ? fieldsOf(only, document) : { fields: {}, required: new Set() }
}

function limitsOf(schema: Schema): string {
  const parts: string[] = []
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`)
  if (schema.minLength !== undefined && schema.minLength > 0) parts.push(`at least ${schema.minLength} characters`)
  if (schema.maxLength !== undefined) parts.push(`at most ${schema.maxLength} characters`)
  if (schema.minimum !== undefined && schema.minimum > Number.MIN_SAFE_INTEGER) parts.push(`from ${schema.minimum}`)
  if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER) parts.push(`to ${schema.maximum}`)
  return parts.join(', ')
}

/** The fields of a body, one line each. */
export function SchemaView({ schema, document, level = 0 }: { schema: Schema; document: OpenApi; level?: number }) {
  const { schema: target } = resolve(schema, document)
  const choices = (target.anyOf ?? target.oneOf ?? []).filter(
    (member) => Object.keys(fieldsOf(member, document).fields).length > 0,
  )
  if (choices.length > 1) {
    return (
      <div className="space-y-3">
        {choices.map((member, index) => (
          <div key={typeOf(member, document) + String(index)}>
            <p className="mb-1 text-12 text-muted">{index === 0 ? 'One of' : 'or'}</p>
            <SchemaView schema={member} document={document} level={level} />
          </div>
        ))}
      </div>
    )
  }
  const { fields, required } = fieldsOf(schema, document)
  const entries = Object.entries(fields)
  if (entries.length === 0) return <p className="font-mono text-12 text-muted">{typeOf(schema, document)}</p>
  return (
    <ul className="divide-y divide-line rounded-md border border-line">
      {entries.map(([name, field]) => (
        <FieldLine
          key={name}
          name={name}
          field={field}
          required={required.has(name)}
          document={document}
          level={level}
        />
      ))}
    </ul>
  )
}

function FieldLine({
  name,
  field,
  required,
  document,
  level,
}: {
  name: string
  field: Schema
  required: boolean
  document: OpenApi
  level: number
}) {
  const hasMore = Object.keys(fieldsOf(field, document).fields).length > 0
  const [open, setOpen] = useState(hasMore && level < OPEN_LEVELS - 1)
  const limits = limitsOf(resolve(field, document).schema)
  return (
    <li className="px-3 py-2 text-12">
      <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5">
        <span className="font-mono font-medium">{name}</span>
        <span className="min-w-0 break-words font-mono text-muted">{hasMore ? 'object' : typeOf(field, document)}</span>
        {required && <span className="text-faint">required</span>}
        {hasMore && (
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="ml-auto min-h-6 rounded-sm px-1 text-accent hover:underline"
          >
            {open ? 'Hide fields' : 'Show fields'}
          </button>
        )}
      </div>
      {(field.description || limits) && (
        <p className="mt-0.5 text-muted">{[field.description, limits].filter(Boolean).join(' ')}</p>
      )}
      {open && (
        <div className="mt-2">
          <SchemaView schema={field} document={document} level={level + 1} />
        </div>
      )}
    </li>
  )
}
