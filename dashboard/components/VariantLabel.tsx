import styles from './VariantLabel.module.css';

/** A variant's name with its line: dashed and hollow before, solid and filled after. */
export function VariantLabel({ side, name }: { side: 'baseline' | 'candidate'; name: string }) {
  const colour = `var(--${side})`;
  return (
    <span className={styles.label}>
      <svg width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
        <line
          x1="0"
          x2="26"
          y1="5"
          y2="5"
          stroke={colour}
          strokeWidth={side === 'baseline' ? 2 : 2.5}
          strokeDasharray={side === 'baseline' ? '5 3' : undefined}
        />
        <circle
          cx="13"
          cy="5"
          r="3.500"
          stroke={colour}
          strokeWidth="2"
          fill={side === 'baseline' ? 'var(--card)' : colour}
        />
      </svg>
      {name}
    </span>
  );
}
