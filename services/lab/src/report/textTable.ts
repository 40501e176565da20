/** Columns that line up, two spaces apart; those named stand right. A row of one cell goes across all of them. */
export function textTable(
  head: readonly string[],
  body: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const whole = [head, ...body].filter((cells) => cells.length === head.length);
  const widths = head.map((_, column) => Math.max(...whole.map((cells) => cells[column]?.length ?? 0)));
  const lay = (cells: readonly string[]) =>
    cells.length !== head.length
      ? cells.join('  ')
      : cells
          .map((cell, column) =>
            right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
          )
          .join('  ')
          .trimEnd();
  return [head, ...body].map((cells) => `  ${lay(cells)}`).join('\n');
}
