import type { ComponentProps } from 'react';

/** A box whose content may be wider or longer than it: with a name, and a stop of the keyboard, which could not scroll it otherwise. */
export function ScrollBox({ label, ...rest }: { label: string } & ComponentProps<'section'>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is reached by the keyboard
    <section {...rest} aria-label={label} tabIndex={0} />
  );
}
