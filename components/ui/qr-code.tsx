import { correction, generate } from 'lean-qr'

/** Modules of white around it, which readers need. */
const QUIET = 4

/** A QR code of this text, dark on white in either theme: readers do not take it the other way round. */
export default function QrCode({ text, label }: { text: string; label: string }) {
  const code = generate(text, { minCorrectionLevel: correction.M })
  const rows = Array.from({ length: code.size }, (_, y) =>
    Array.from({ length: code.size }, (_, x) => (code.get(x, y) ? `M${x} ${y}h1v1h-1z` : '')).join(''),
  )
  const size = code.size + 2 * QUIET
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`}
      shapeRendering="crispEdges"
      className="size-44 rounded-md border border-line bg-white"
    >
      <path d={rows.join('')} fill="#000" />
    </svg>
  )
}
