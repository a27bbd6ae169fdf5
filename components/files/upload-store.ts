'use client'

import { useSyncExternalStore } from 'react'
import type { Upload } from 'tus-js-client'
import { request } from '@/components/data/request'
import { helpsAgain, problemWords } from '@/components/files/upload-words'
import type { UploadView } from '@/lib/files/schema'

/** One file that this browser sends. */
export interface Sending {
  /** Of this page; the server's id comes with the first answer. */
  key: string
  poolId: string
  path: string
  bytes: number
  sent: number
  /** `checking`: all was sent, and the host reads it once more. */
  state: 'sending' | 'checking' | 'done' | 'failed'
  error: string | null
  /** In hex, of one that is done. */
  sha256: string | null
  /** Of the server; null: it has not begun. */
  uploadId: string | null
}

/** What is sent again after a connection broke, so long after each other. Milliseconds. */
const RETRY_MS = [0, 1_000, 3_000, 5_000, 10_000, 30_000]
/** So much in one request: what has come is noted by the server after each. */
const CHUNK_BYTES = 128 * 1024 * 1024

/** Uploads go on while people look at other pages of the console; so they belong to no component. */
const sendings = new Map<string, Sending>()
const running = new Map<string, Upload>()
const listeners = new Set<() => void>()
let shown: readonly Sending[] = []

function change(key: string, change: Partial<Sending> | null): void {
  const known = sendings.get(key)
  if (change === null) sendings.delete(key)
  else if (known !== undefined) sendings.set(key, { ...known, ...change })
  shown = [...sendings.values()]
  for (const tell of listeners) tell()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

const NONE: readonly Sending[] = []

/** Those of one pool, the oldest first. */
export function useSendings(poolId: string): readonly Sending[] {
  const all = useSyncExternalStore(
    subscribe,
    () => shown,
    () => NONE,
  )
  return all.filter((one) => one.poolId === poolId)
}

function uploadIdOf(url: string | null): string | null {
  return url === null ? null : (url.split('/').at(-1) ?? null)
}

/** Sends a file; `going`: an upload that was begun before, perhaps by another page, and that this file goes on with. */
export async function sendFile(
  poolId: string,
  file: File,
  to: { path: string; hostId: string | null },
  going: UploadView | null,
): Promise<void> {
  const { Upload } = await import('tus-js-client')
  const key = going?.id ?? crypto.randomUUID()
  sendings.set(key, {
    key,
    poolId,
    path: to.path,
    bytes: file.size,
    sent: going?.offset ?? 0,
    state: 'sending',
    error: null,
    sha256: null,
    uploadId: going?.id ?? null,
  })
  const endpoint = `/api/v1/storage/pools/${poolId}/uploads`
  const upload = new Upload(file, {
    endpoint,
    ...(going === null ? {} : { uploadUrl: `${endpoint}/${going.id}` }),
    metadata: { path: to.path, ...(to.hostId === null ? {} : { host_id: to.hostId }) },
    retryDelays: RETRY_MS,
    chunkSize: CHUNK_BYTES,
    // The server knows what is under way; nothing is kept in the browser.
    storeFingerprintForResuming: false,
    onShouldRetry: ({ originalRequest, originalResponse }) =>
      helpsAgain(originalRequest?.getMethod(), originalResponse?.getStatus() ?? 0),
    onProgress: (sent) => change(key, { sent, state: sent >= file.size ? 'checking' : 'sending' }),
    onUploadUrlAvailable: () => change(key, { uploadId: uploadIdOf(upload.url) }),
    onError: (error) => {
      running.delete(key)
      change(key, { state: 'failed', error: problemWords(error) })
    },
    onSuccess: () => {
      running.delete(key)
      void finished(key, upload.url)
    },
  })
  running.set(key, upload)
  window.addEventListener('beforeunload', askBeforeLeaving)
  change(key, {})
  upload.start()
}

/** The file is the page's: whoever leaves has to choose it again. */
function askBeforeLeaving(event: BeforeUnloadEvent): void {
  if (running.size === 0) window.removeEventListener('beforeunload', askBeforeLeaving)
  else event.preventDefault()
}

async function finished(key: string, url: string | null): Promise<void> {
  try {
    const { data } = await request<{ data: UploadView }>(url ?? '')
    change(key, { state: data.status === 'done' ? 'done' : 'failed', sha256: data.sha256, error: data.error })
  } catch (error) {
    change(key, { state: 'failed', error: problemWords(error) })
  }
}

/** Stops sending, and drops what has come of it; or takes one that has ended off the list. */
export async function stopSending({ key, poolId, uploadId, state }: Sending): Promise<void> {
  const upload = running.get(key)
  running.delete(key)
  await upload?.abort()
  if (uploadId !== null && state !== 'done') await dropUpload(poolId, uploadId).catch(() => undefined)
  change(key, null)
}

export async function dropUpload(poolId: string, uploadId: string): Promise<void> {
  await request(`/api/v1/storage/pools/${poolId}/uploads/${uploadId}`, { method: 'DELETE' })
}
