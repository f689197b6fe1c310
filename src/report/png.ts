import { fileURLToPath } from 'node:url'
import { renderAsync } from '@resvg/resvg-js'

/** Shipped with the project: without a font that it finds, the renderer leaves all text out and says nothing. */
const FONTS = ['IBMPlexSans-Regular.ttf', 'IBMPlexSans-SemiBold.ttf'].map((name) =>
  fileURLToPath(new URL(`fonts/${name}`, import.meta.url)),
)

/** An SVG as PNG. @param width in pixels; the height follows */
export async function toPng(svg: string, width: number): Promise<Uint8Array> {
  const font = { loadSystemFonts: false, fontFiles: FONTS, defaultFontFamily: 'IBM Plex Sans' }
  const image = await renderAsync(svg, { fitTo: { mode: 'width', value: width }, font })
  return image.asPng()
}
