import type { Pending } from '@/lib/drivers/contract/values'

type Uploads = NonNullable<Pending['uploads']>

/** Files that were closed at the same moment may wait a little longer than they are held. */
const GRACE_MS = 60_000

/**
 * Since when files wait on a host without one being uploaded. What gets through shows as a shorter queue; while nothing has failed, more
 * bytes over the line show it too, as of one large file. Reads count as bytes, so with failures the queue alone tells.
 */
export class UploadWatch {
  #files = 0
  #before: Uploads | null = null
  #failedBefore = 0
  #since: Date | null = null

  /** Takes in what the driver has told now; returns since when nothing moves, null while it does or may. */
  look({ files, uploads }: Pick<Pending, 'files' | 'uploads'>, now: Date): Date | null {
    if (uploads === undefined || files === 0) this.#since = null
    else if (this.#since === null || this.#hasMoved(files, uploads)) {
      this.#since = now
      this.#failedBefore = uploads.failed
    }
    this.#files = files
    this.#before = uploads ?? null
    const heldMs = (uploads?.heldMs ?? 0) + GRACE_MS
    return this.#since !== null && now.getTime() - this.#since.getTime() > heldMs ? this.#since : null
  }

  #hasMoved(files: number, { done, bytes, failed }: Uploads): boolean {
    const before = this.#before
    // A daemon that was started again counts from 0: its queue has only just been read.
    if (before === null || failed < before.failed || bytes < before.bytes) return true
    if (files < this.#files) return true
    return failed === this.#failedBefore && (done > before.done || bytes > before.bytes)
  }
}
