'use client'

import { Download } from 'lucide-react'
import { IconButton } from '@/components/ui/button'
import { type CsvValue, csvOf } from '@/components/ui/table/csv'

/** Without it spreadsheets take the file for another alphabet. */
const BYTE_ORDER_MARK = '\uFEFF'

function save(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([BYTE_ORDER_MARK, text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

/** Writes the rows that are shown into a file. `noun` names it. */
export function CsvButton({ noun, rows }: { noun: string; rows: () => readonly (readonly CsvValue[])[] }) {
  const day = () => new Date().toISOString().slice(0, 10)
  return (
    <IconButton
      icon={Download}
      label={`Download ${noun} as CSV`}
      onClick={() => save(`holdfast-${noun.replaceAll(' ', '-')}-${day()}.csv`, csvOf(rows()))}
    />
  )
}
