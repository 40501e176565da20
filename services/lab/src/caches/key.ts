/** What a name in the shop's cache says. */
export interface CacheKey {
  /** Schema and version: `shop_indexed:v2`. */
  namespace: string;
  /** `public`, `user 17` or `role staff`. */
  scope: string;
  route: string;
  parameters: Readonly<Record<string, string>>;
}

/** Reads `<namespace>:value:6:public|8:products|5:limit|2:20`; null where it is no such name. */
export function readKey(name: string): CacheKey | null {
  const at = name.indexOf(':value:');
  if (at < 0) return null;
  const parts = partsOf(name.slice(at + ':value:'.length));
  if (parts === null) return null;
  const [scope, route, ...pairs] = parts;
  if (scope === undefined || route === undefined || pairs.length % 2 !== 0) return null;
  const parameters: [string, string][] = [];
  for (let index = 0; index < pairs.length; index += 2) {
    parameters.push([pairs[index] ?? '', pairs[index + 1] ?? '']);
  }
  return { namespace: name.slice(0, at), scope, route, parameters: Object.fromEntries(parameters) };
}

/** Whether the words stand in one of its parts, whole: 17 is not in "user 170". */
export function hasWords({ namespace, scope, route, parameters }: CacheKey, words: string): boolean {
  if (words === '') return true;
  const asked = Object.entries(parameters).flatMap(([name, value]) => [name, value, `${name}=${value}`]);
  const literally = words.replace(
    /[.*+?^${}()|[\]\\/-]/g,
    (sign) => `\\u{${sign.charCodeAt(0).toString(16)}}`,
  );
  const whole = new RegExp(`(?<![\\p{L}\\p{N}_])${literally}(?![\\p{L}\\p{N}_])`, 'u');
  return [namespace, scope, route, ...asked].some((part) => whole.test(part));
}

/** Each part has its length in front, whatever stands in it. */
function partsOf(text: string): string[] | null {
  const parts: string[] = [];
  let rest = text;
  while (rest !== '') {
    const [head = '', digits = ''] = /^(\d{1,6}):/.exec(rest) ?? [];
    const end = head.length + Number(digits);
    if (head === '' || rest.length < end) return null;
    parts.push(rest.slice(head.length, end));
    rest = rest.slice(end);
    if (rest === '') break;
    if (!rest.startsWith('|')) return null;
    rest = rest.slice(1);
  }
  return parts;
}
