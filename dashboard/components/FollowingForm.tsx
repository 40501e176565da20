'use client';

import { useRouter } from 'next/navigation';
import { type ReactNode, useCallback, useEffect, useRef, useTransition } from 'react';

/** Between the last key and the question to the server. */
const pauseMs = 150;

/** A form of a query whose page follows while one types. Without a script it is a form with a button. */
export function FollowingForm({
  action,
  values,
  className,
  children,
}: {
  action: string;
  /** What the address says of each field. */
  values: Readonly<Record<string, string>>;
  className: string | undefined;
  children: ReactNode;
}) {
  const router = useRouter();
  const [isPending, startTransition] = useTransition();
  const ownForm = useRef<HTMLFormElement>(null);
  const timer = useRef<number>(undefined);
  // A link may have changed the address; the field that is being typed in knows better.
  useEffect(() => {
    for (const field of ownForm.current?.elements ?? [])
      if (isField(field) && field !== document.activeElement) field.value = values[field.name] ?? '';
  }, [values]);
  const follow = useCallback(() => {
    window.clearTimeout(timer.current);
    const form = ownForm.current;
    if (form) startTransition(() => router.replace(addressOf(form, action), { scroll: false }));
  }, [router, action]);
  // Somebody may have begun to type before the script was there.
  useEffect(() => {
    const field = document.activeElement;
    if (!(field instanceof HTMLInputElement) || field.form !== ownForm.current) return;
    if (field.value !== field.defaultValue) follow();
  }, [follow]);
  return (
    <form
      ref={ownForm}
      action={action}
      className={className}
      aria-busy={isPending}
      onSubmit={(event) => {
        event.preventDefault();
        follow();
      }}
      onInput={() => {
        window.clearTimeout(timer.current);
        timer.current = window.setTimeout(follow, pauseMs);
      }}
    >
      {children}
    </form>
  );
}

const isField = (element: Element): element is HTMLInputElement | HTMLSelectElement =>
  element instanceof HTMLInputElement || element instanceof HTMLSelectElement;

function addressOf(form: HTMLFormElement, action: string): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form))
    if (typeof value === 'string' && value !== '') query.set(name, value);
  const text = query.toString();
  return text === '' ? action : `${action}?${text}`;
}
