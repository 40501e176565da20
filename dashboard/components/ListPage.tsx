import type { ReactNode } from 'react';
import page from './page.module.css';
import { Absent, Section } from './Section.tsx';

interface List {
  id: string;
  title: string;
  subtitle: string;
  /** Null while there is nothing to list. */
  table: ReactNode;
  /** How the first one comes to be. */
  absent: ReactNode;
}

/** A page about things of one kind: what they are, those that there are, and below them how to make more. */
export function ListPage({
  title,
  lead,
  list,
  children,
}: {
  title: string;
  lead: string;
  list: List;
  children?: ReactNode;
}) {
  return (
    <main id="main" className={page.main}>
      <header>
        <h1 className={page.title}>{title}</h1>
        <p className={page.lead}>{lead}</p>
      </header>
      <Section id={list.id} title={list.title} subtitle={list.subtitle} flush={list.table !== null}>
        {list.table ?? <Absent>{list.absent}</Absent>}
      </Section>
      {children}
    </main>
  );
}
