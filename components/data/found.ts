import 'server-only'
import { forbidden, notFound } from 'next/navigation'
import { HoldfastError } from '@/lib/errors'

function isMissing(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'not_found'
}

/** What a page has read; the "not found" page when there is no such thing. */
export async function found<T>(read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (error) {
    if (isMissing(error)) notFound()
    throw error
  }
}

/** What a page shows when it is there; null when it has been cleared away. */
export async function ifThere<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** What only some may see; the page that says so for the others. */
export async function allowed<T>(read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'forbidden') forbidden()
    throw error
  }
}
