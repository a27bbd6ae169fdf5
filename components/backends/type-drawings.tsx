import type { ReactNode } from 'react'

// In a box of 20 by 20, in lines of one width. What is reached over a network stands on a wire; a disk is a cylinder.

const WIRE = (
  <>
    <path d="M10 13v2.25M2.75 16.5H8.5M11.5 16.5h5.75" />
    <circle cx="10" cy="16.75" r="1.5" />
  </>
)

const FOLDER =
  'M2.75 6.25A1.5 1.5 0 0 1 4.25 4.75h3.1l1.9 2h6.5a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H4.25a1.5 1.5 0 0 1-1.5-1.5Z'

/** By storage type. One that is not here is drawn by what it gives access to. */
export const TYPE_DRAWINGS: Readonly<Record<string, ReactNode>> = {
  'local-dir': <path d={FOLDER} />,
  nfs: (
    <>
      <path d="M4.25 4A1.5 1.5 0 0 1 5.75 2.5h2l1.5 1.75h5a1.5 1.5 0 0 1 1.5 1.5v4.5a1.5 1.5 0 0 1-1.5 1.5h-8.5a1.5 1.5 0 0 1-1.5-1.5Z" />
      {WIRE}
    </>
  ),
  // A window, with the bar of its title.
  cifs: (
    <>
      <rect x="3.25" y="2.5" width="13.5" height="9.25" rx="1.5" />
      <path d="M3.25 5.5h13.5M5.5 4h.01" />
      {WIRE}
    </>
  ),
  // A bucket.
  s3: (
    <>
      <ellipse cx="10" cy="5" rx="6.75" ry="2.25" />
      <path d="m3.25 5 1.5 10.1c.2 1.2 2.5 2.15 5.25 2.15s5.05-.95 5.25-2.15L16.75 5" />
    </>
  ),
  // The globe.
  http: (
    <>
      <circle cx="10" cy="10" r="7.25" />
      <ellipse cx="10" cy="10" rx="3.1" ry="7.25" />
      <path d="M2.75 10h14.5" />
    </>
  ),
  'iscsi-lvm': (
    <>
      <ellipse cx="10" cy="4.25" rx="5.75" ry="1.9" />
      <path d="M4.25 4.25v5.9c0 1.05 2.57 1.9 5.75 1.9s5.75-.85 5.75-1.9v-5.9" />
      {WIRE}
    </>
  ),
  // One image in pieces.
  'ceph-rbd': (
    <>
      <rect x="6.75" y="2.75" width="6.5" height="6.5" rx="1.25" />
      <rect x="2.5" y="10.75" width="6.5" height="6.5" rx="1.25" />
      <rect x="11" y="10.75" width="6.5" height="6.5" rx="1.25" />
    </>
  ),
  // Nodes that hold the same.
  wolfdisk: (
    <>
      <circle cx="10" cy="4.75" r="2.25" />
      <circle cx="4.5" cy="14.5" r="2.25" />
      <circle cx="15.5" cy="14.5" r="2.25" />
      <path d="M8.9 6.75 5.6 12.5M11.1 6.75l3.3 5.75M6.75 14.5h6.5" />
    </>
  ),
}

export const ACCESS_DRAWINGS: Readonly<Record<'file' | 'object' | 'block', ReactNode>> = {
  file: <path d={FOLDER} />,
  object: TYPE_DRAWINGS.s3,
  block: (
    <>
      <ellipse cx="10" cy="5" rx="6.25" ry="2.25" />
      <path d="M3.75 5v10c0 1.25 2.8 2.25 6.25 2.25s6.25-1 6.25-2.25V5M3.75 10c0 1.25 2.8 2.25 6.25 2.25s6.25-1 6.25-2.25" />
    </>
  ),
}
