import 'server-only'
import { notFound } from 'next/navigation'
import { HoldfastError } from '@/lib/errors'

/** What a page has read; the "not found" page when there is no such thing. */
export async function found<T>(read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not_found') notFound()
    throw error
  }
}
