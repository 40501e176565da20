/** A chart of the page as a file: its SVG with every style written out, under its title, over the run it belongs to. */
export interface Picture {
  svg: string;
  width: number;
  height: number;
}

interface Caption {
  title: string;
  subtitle: string;
  legend: { side: 'baseline' | 'candidate'; name: string }[];
  footer: string;
}

const padding = 20;
const lineHeight = 18;
const pixelRatio = 2;

/** What a style sheet decides in a chart and SVG also has as an attribute: handed down to children, */
const inherited = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-opacity',
  'stroke-linecap',
  'stroke-linejoin',
  'visibility',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'paint-order',
] as const;
/** and not handed down. */
const own = ['opacity', 'display', 'dominant-baseline', 'vector-effect'] as const;

/** `plot` holds one SVG or more; they keep their places. */
export function pictureOf(plot: HTMLElement, caption: Caption): Picture {
  const box = plot.getBoundingClientRect();
  const width = Math.ceil(box.width) + 2 * padding;
  const style = getComputedStyle(plot);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  // The page's own font does not reach into a picture: lines are broken by what is drawn there.
  const font = 'system-ui, sans-serif';
  const lines = [
    ...wrapped(caption.title, width - 2 * padding, `650 16px ${font}`).map((text) => ({
      text,
      isTitle: true,
    })),
    ...wrapped(caption.subtitle, width - 2 * padding, `13px ${font}`).map((text) => ({
      text,
      isTitle: false,
    })),
  ];
  const top = padding + lines.length * lineHeight + lineHeight * 1.5;
  const height = Math.ceil(top + box.height + padding + lineHeight);
  const out = element('svg', { xmlns: svgNamespace, width, height, viewBox: `0 0 ${width} ${height}` });
  out.append(element('rect', { width, height, fill: colour('--card') }));
  const group = element('g', { 'font-family': font, 'font-size': 13, fill: colour('--ink-2') });
  lines.forEach(({ text, isTitle }, index) => {
    const look = isTitle ? { 'font-size': 16, 'font-weight': 650, fill: colour('--ink') } : {};
    group.append(textAt(text, padding, padding + 12 + index * lineHeight, look));
  });
  let x = padding;
  for (const { side, name } of caption.legend) {
    const y = top - lineHeight * 0.75;
    const dashes = side === 'baseline' ? { 'stroke-dasharray': '5 3' } : {};
    group.append(
      element('line', {
        x1: x,
        x2: x + 26,
        y1: y - 4,
        y2: y - 4,
        'stroke-width': 2.5,
        stroke: colour(`--${side}`),
        ...dashes,
      }),
      textAt(name, x + 33, y, { fill: colour('--ink') }),
    );
    x += 33 + widthOf(name, `13px ${font}`) + 22;
  }
  group.append(textAt(caption.footer, padding, height - padding * 0.75, { 'font-size': 12 }));
  out.append(group);
  for (const svg of plot.querySelectorAll('svg')) {
    if (svg.parentElement?.closest('svg') || !svg.checkVisibility({ visibilityProperty: true })) continue;
    const place = svg.getBoundingClientRect();
    const copy = styledCopy(svg);
    copy.setAttribute('x', String(padding + place.left - box.left));
    copy.setAttribute('y', String(top + place.top - box.top));
    copy.setAttribute('width', String(place.width));
    copy.setAttribute('height', String(place.height));
    out.append(copy);
  }
  return { svg: new XMLSerializer().serializeToString(out), width, height };
}

/** Twice as fine as the page, for slides and print. */
export async function pngOf({ svg, width, height }: Picture): Promise<Blob> {
  const image = new Image();
  // As data, not as a blob: that is what the page's policy allows of images.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * pixelRatio;
  canvas.height = height * pixelRatio;
  const context = canvas.getContext('2d');
  context?.scale(pixelRatio, pixelRatio);
  context?.drawImage(image, 0, 0, width, height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the browser drew no picture'))),
      'image/png',
    );
  });
}

export function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** The copy needs neither the page's style sheets nor its variables. */
function styledCopy(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll('*')];
  const copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((original, index) => {
    const target = copies[index];
    if (!target) return;
    const style = getComputedStyle(original);
    for (const name of ['class', 'style', 'role', 'tabindex', 'aria-label']) target.removeAttribute(name);
    const parent = index === 0 ? null : original.parentElement && getComputedStyle(original.parentElement);
    const write = (name: string) => target.setAttribute(name, style.getPropertyValue(name));
    for (const name of inherited)
      if (target.hasAttribute(name) || style.getPropertyValue(name) !== parent?.getPropertyValue(name))
        write(name);
    for (const name of own) write(name);
  });
  return copy;
}

function element(name: string, given: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(given))
    if (key !== 'xmlns') made.setAttribute(key, String(value));
  return made;
}

function textAt(text: string, x: number, y: number, look: Record<string, string | number>): SVGElement {
  const made = element('text', { x, y, ...look });
  made.textContent = text;
  return made;
}

function wrapped(text: string, width: number, font: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer, font) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

let measuring: CanvasRenderingContext2D | null = null;

function widthOf(text: string, font: string): number {
  measuring ??= document.createElement('canvas').getContext('2d');
  if (!measuring) return text.length * 8;
  measuring.font = font;
  return measuring.measureText(text).width;
}
