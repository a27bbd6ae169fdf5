import { type ClassValue, clsx } from 'clsx'
import { extendTailwindMerge } from 'tailwind-merge'

const merge = extendTailwindMerge({
  extend: { theme: { text: ['12', '13', '14', '16', '20', '28'], spacing: ['row'] } },
})

/** Class names, where a later one wins over an earlier one of the same kind. */
export function cn(...parts: ClassValue[]): string {
  return merge(clsx(parts))
}
